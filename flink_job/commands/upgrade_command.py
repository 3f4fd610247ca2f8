"""`ringwatch upgrade`"""

from __future__ import annotations

import argparse

EXAMPLE = "ringwatch upgrade --check run/savepoints/savepoint-1a2b3c-0123456789ab"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check",
        required=True,
        metavar="SAVEPOINT",
        help="say whether this version, with these settings, reads the savepoint or checkpoint: its operators, the key of its "
        "pseudonyms, every record and open incident that it holds. Nothing is changed, and no Flink is started",
    )


def run(args: argparse.Namespace) -> int:
    """Print what was found; return 1 if the savepoint cannot be read."""
    from flink_job.cluster.upgrade_check import looks
    from flink_job.commands.check_command import print_findings
    from flink_job.commands.options import settings_of

    return print_findings(looks(settings_of(args), args.check))
