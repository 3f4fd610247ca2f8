"""The command line: `ringwatch COMMAND`, settings from --config and --set, errors in one sentence."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
import textwrap
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

from domain.errors import SettingError
from domain.paths import file_error
from flink_job.cluster.interrupt import TerminatedError, terminated_as_interrupt
from flink_job.missing_extra import needed

COMMANDS = {
    "demo": "see it work: a simulated shop under attack, the real job, alerts and incidents live",
    "desk": "the whole product on this machine: a simulated shop under attack, the job, the service, users to sign in",
    "run": "run the job: events in, decisions, alerts and incidents out",
    "cluster": "run the job on a standalone Flink cluster on this machine",
    "simulate": "write labelled shop traffic with fraud rings",
    "import": "turn tables (CSV, Parquet) into events",
    "features": "write the table of features that a model sees, with labels, as Parquet",
    "train": "train a model on a history of events",
    "retrain": "train a candidate, compare it with the active model, put it in its place, or go back",
    "backtest": "train and score period by period, knowing only what was known then",
    "score": "decide the events of a file offline, as the job would",
    "evaluate": "compare decisions with the truth",
    "shadow-report": "compare what decides with a model or rule in shadow",
    "rules": "check rules, show what they may name, and try them on past events",
    "publish": "send lines of files into a stream, for a job that runs",
    "bridge": "pass on events from Amazon Kinesis to the job, and what it decides to Kinesis",
    "archive": "put what the streams hold into the lake, Delta tables, once and for good",
    "forget": "erase an account from streams, the job's state, store and lake",
    "query": "ask the lake by SQL",
    "ask": "answer a question about flagged events, incidents and cases from the case store",
    "digest": "put a day on one page: money stopped and missed, rings, work, changes",
    "tail": "follow alerts and incidents",
    "verdict": "say what an incident was, as labels of all its alerts",
    "sign": "sign control records and labels, for a job with job.control_keys",
    "serve": "serve scores, incidents and cases by HTTP",
    "store": "upgrade, back up, restore and verify the store of cases",
    "notify": "try a channel of notifications",
    "actions": "try where actions are sent",
    "feedback": "show what people say of summaries, and write it as chats to fine-tune a model",
    "outbox": "show notices that were given up, and send them again",
    "users": "add users of the service, change them, make tokens",
    "redis": "start a Redis-compatible server on this machine, for trying things out",
    "bench": "measure how fast the job is on this machine, beside other ways of doing the same work",
    "upgrade": "say whether this version reads a savepoint",
    "check": "examine settings, Java, disk, model, Redis and Kafka before a start",
}
OFFLINE = ("simulate", "import", "features", "train", "retrain", "backtest", "score", "evaluate", "shadow-report", "rules", "sign")
"""Commands that only write files: SIGTERM ends them as Ctrl-C does, so that no half-written one stays."""
DEFAULT_CONFIG = Path("config.yaml")
FAILED, WRONG_USAGE, INTERRUPTED, TERMINATED = 1, 2, 130, 143
"""Exit codes. The last two are 128 and the number of the signal, as of a program that a signal ends."""
_EXIT_CODES = (
    "exit codes:\n  0 done, 1 failed, 2 wrong usage or settings, 130 Ctrl-C, 143 SIGTERM\n"
    "  Ctrl-C is the usual end of demo --forever, desk, tail, serve, archive, bridge and redis, as SIGTERM is of\n"
    "  all but the first, and gives 0 there"
)


class HelpFormatter(argparse.HelpFormatter):
    """A formatter that wraps a description at the terminal's width, but no line to be copied, which is
    indented.
    """

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (line if line.startswith(" ") else textwrap.fill(line, width) for line in text.splitlines())
        return textwrap.indent("\n".join(lines), indent)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = parsed(arguments)
    _log_to_stderr(args.debug)
    try:
        if args.files:
            args.files.check(args)
        with terminated_as_interrupt() if args.command in OFFLINE else nullcontext():
            return int(args.run(args) or 0)
    except KeyboardInterrupt as stop:
        terminated = isinstance(stop, TerminatedError)
        args.say(f"ringwatch {args.command}: {str(stop) or ('terminated' if terminated else 'interrupted')}")
        return TERMINATED if terminated else INTERRUPTED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        if args.debug:
            raise
        # What is missing may be what a log of another form is written with.
        say = _say if isinstance(error, ModuleNotFoundError) else args.say
        say(f"ringwatch {args.command}: {_sentence(error)}")
        return WRONG_USAGE if isinstance(error, SettingError) else FAILED


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; what is wrong with them is said with the usage of their command."""
    args, unknown = _parser(arguments).parse_known_args(arguments)
    if unknown:
        args.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    del args.refuse
    return args


def add_common_options(parser: argparse.ArgumentParser, **default: Any) -> None:
    """Add the options of every command; `default`: argparse.SUPPRESS for the parser of an action."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: config.yaml here, if there is one)", **default)
    empty = default or {"default": []}
    parser.add_argument("--set", action="append", metavar="A.B=C", help="override one setting; may be repeated", **empty)
    parser.add_argument("--debug", action="store_true", help="show stack traces and debug logs", **default)
    parser.set_defaults(refuse=parser.error)


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; only the command that `arguments` name is imported."""
    parser = argparse.ArgumentParser(
        prog="ringwatch",
        description="Real-time detection of fraud rings: a graph in Flink's keyed state, a graph neural network, incidents in Redis.",
        epilog=f"Try: ringwatch demo\nEach command explains itself: ringwatch run --help\n\n{_EXIT_CODES}",
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the versions of ringwatch, Flink and Python")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((word for word in arguments if word in COMMANDS), None)
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, formatter_class=HelpFormatter)
        if name == asked:
            module = importlib.import_module(f"flink_job.commands.{name.replace('-', '_')}_command")
            command.description = purpose[0].upper() + purpose[1:] + "."
            command.epilog = f"example:\n  {module.EXAMPLE}"
            module.add_arguments(command)
            command.set_defaults(run=module.run, files=getattr(module, "FILES", None), say=getattr(module, "say", _say))
        add_common_options(command)
    return parser


class _Version(argparse.Action):
    """Print the versions that a bug report needs, then end."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            ours = version("ringwatch")
        except PackageNotFoundError:
            ours = "(not installed: run make setup)"
        print(f"ringwatch {ours}, Flink {version('apache-flink')}, Python {sys.version.split()[0]}")
        parser.exit()


class _StderrHandler(logging.StreamHandler[TextIO]):
    """A handler that writes to what is `sys.stderr` at the time: a progress line takes its place."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _log_to_stderr(debug: bool) -> None:
    handler = _StderrHandler()
    if not debug:
        # It logs a stack trace for each call that an interruption cuts off, to the root logger, too.
        handler.addFilter(lambda record: "py4j" not in record.pathname)
    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", handlers=[handler])


def _say(words: str) -> None:
    """Say why a command ends; one whose log has another form says it itself."""
    print(words, file=sys.stderr)


def _sentence(error: Exception) -> str:
    """Return what a user reads of an error: its own words if it is one of ours, else its type as well."""
    text = " ".join(str(error).split()) or type(error).__name__
    ours = type(error).__module__.split(".")[0] in {"domain", "gnn", "udfs", "flink_job", "ops"}
    if ours:
        return text
    if isinstance(error, OSError):
        return file_error(error)
    if missing := needed(error):
        return missing
    return f"{type(error).__name__}: {text} (--debug shows where)"


if __name__ == "__main__":
    sys.exit(main())
