"""`ringwatch check`"""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap

EXAMPLE = "ringwatch check --config config.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--features", action="store_true", help="list the features that policy.rules may name")


def run(args: argparse.Namespace) -> int:
    from domain.features.extractor import FeatureExtractor
    from flink_job.cluster.check import examine
    from flink_job.commands.options import settings_of

    settings = settings_of(args)
    if args.features:
        for feature in FeatureExtractor(settings.graph).flat_features:
            print(f"{feature.name:40} {feature.unit:20} {feature.text}")
        return 0
    failed = False
    for subject, finding in examine(settings):
        failed |= not finding.good
        mark = "FAIL" if not finding.good else "note" if finding.is_note else "ok  "
        print(_folded(f"{mark} {subject}: {finding.text}"), flush=True)
    return int(failed)


def _folded(line: str) -> str:
    """Return a line folded between words to a terminal's width; whole where a program may read it."""
    if not sys.stdout.isatty():
        return line
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent="     ", break_long_words=False, break_on_hyphens=False)
