"""The actions of a command, such as `ringwatch store backup`: what their help says, and their parsers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flink_job.cli import HelpFormatter, add_common_options


@dataclass(frozen=True)
class Action:
    """One action of a command: what its help says."""

    purpose: str
    details: str
    example: str


def action_parsers(parser: argparse.ArgumentParser, actions: Mapping[str, Action]) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield each action's name and parser, for options of its own; those of every command follow."""
    made = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    for name, action in actions.items():
        own = made.add_parser(
            name,
            help=action.purpose,
            description=action.details,
            epilog=f"example:\n  {action.example}",
            formatter_class=HelpFormatter,
        )
        yield name, own
        add_common_options(own, default=argparse.SUPPRESS)
