"""`ringwatch check`"""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flink_job.cluster.check import Finding

EXAMPLE = "ringwatch check --config config.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--features", action="store_true", help="list the features that policy.rules may name")
    parser.add_argument("--llm", action="store_true", help="only ask the LLM endpoint, once, for the summary of a sample incident")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import settings_of

    settings = settings_of(args)
    if args.features:
        from domain.features.extractor import FeatureExtractor

        for feature in FeatureExtractor(settings.graph).flat_features:
            print(f"{feature.name:40} {feature.unit:20} {feature.text}")
        return 0
    from flink_job.cluster.check import ask_llm, looks

    return print_findings(ask_llm(settings) if args.llm else looks(settings))


def print_findings(looks: Iterable[tuple[str, Callable[[], Finding]]]) -> int:
    """Print each finding as soon as it is known; return 1 if one is not good."""
    from flink_job.commands.live_line import waiting_for

    failed = False
    for subject, look in looks:
        with waiting_for(subject):
            finding = look()
        failed |= not finding.good
        print(_folded(_line(subject, finding)), flush=True)
    return int(failed)


def _line(subject: str, finding: Finding) -> str:
    if finding.is_detail:
        return f"     {finding.text}"
    mark = "FAIL" if not finding.good else "note" if finding.is_note else "ok  "
    return f"{mark} {subject}: {finding.text}"


def _folded(line: str) -> str:
    """Return a line folded between words to a terminal's width; whole where a program may read it."""
    if not sys.stdout.isatty():
        return line
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, subsequent_indent="     ", break_long_words=False, break_on_hyphens=False)
