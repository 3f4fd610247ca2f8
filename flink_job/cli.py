"""The command line: `ringwatch COMMAND`, settings from --config and --set, errors in one sentence."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from domain.errors import SettingError

COMMANDS = {
    "demo": "see it work: a simulated shop under attack, the real job, alerts and incidents live",
    "run": "run the job: events in, decisions, alerts and incidents out",
    "cluster": "run the job on a standalone Flink cluster on this machine: start, submit, stop with a savepoint",
    "simulate": "write labelled shop traffic with fraud rings",
    "import": "turn tables (CSV, Parquet) into events",
    "features": "write the table of features that a model sees, with labels, as Parquet",
    "train": "train a model on a history of events",
    "backtest": "train and score period by period, knowing only what was known then",
    "score": "decide the events of a file offline, as the job would",
    "evaluate": "hold decisions against the truth",
    "tail": "follow alerts and incidents",
    "bench": "measure how fast the job is on this machine, beside other ways of doing the same work",
    "check": "look whether settings, Java, model and Redis are in order",
}
DEFAULT_CONFIG = Path("config.yaml")
FAILED, WRONG_USAGE = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 1 failed, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(arguments)
    args = parser.parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if args.debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return int(args.run(args) or 0)
    except KeyboardInterrupt:
        print("ringwatch: interrupted", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        if args.debug:
            raise
        print(f"ringwatch {args.command}: {_sentence(error)}", file=sys.stderr)
        return WRONG_USAGE if isinstance(error, SettingError) else FAILED


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Only the command that is asked for is imported."""
    parser = argparse.ArgumentParser(
        prog="ringwatch",
        description="Real-time detection of fraud rings: a graph in Flink's keyed state, a graph neural network, incidents in Redis.",
        epilog="Try: ringwatch demo",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((word for word in arguments if word in COMMANDS), None)
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
        if name == asked:
            module = importlib.import_module(f"flink_job.commands.{name}_command")
            command.description = purpose[0].upper() + purpose[1:] + "."
            command.epilog = f"example:\n  {module.EXAMPLE}"
            module.add_arguments(command)
            command.set_defaults(run=module.run)
        command.add_argument("--config", type=Path, help="settings file (default: config.yaml here, if there is one)")
        command.add_argument("--set", action="append", default=[], metavar="A.B=C", help="override one setting; may be repeated")
        command.add_argument("--debug", action="store_true", help="show stack traces and debug logs")
    return parser


def _sentence(error: Exception) -> str:
    """What a user reads of an error: its own words if it is one of ours, else its type as well."""
    text = " ".join(str(error).split()) or type(error).__name__
    ours = type(error).__module__.split(".")[0] in {"domain", "gnn", "udfs", "flink_job", "ops"}
    if ours or isinstance(error, OSError):
        return text
    return f"{type(error).__name__}: {text} (--debug shows where)"


if __name__ == "__main__":
    sys.exit(main())
