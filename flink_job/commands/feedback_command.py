"""`ringwatch feedback`"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.actions import Action, action_parsers
from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from ops.cases.feedback.numbers import DraftNumbers
    from ops.cases.store import Store

EXAMPLE = "ringwatch feedback list"
_LEAST = 10
"""Lines that OpenAI wants for a fine-tuning, at least."""
ACTIONS = {
    "list": Action(
        "show how many summaries were rated and changed",
        "Shows, for each model and version of the prompt, how many summaries people rated, how many they changed, and how many "
        "corrections could be examples.",
        "ringwatch feedback list",
    ),
    "export": Action(
        "write corrected and good summaries as chats, to fine-tune a model",
        "Writes a line of chat JSONL for each revision that somebody corrected, or called good and nobody bad: the rules, the facts, and "
        "the right answer. It holds no identifier, not even a pseudonym.",
        "ringwatch feedback export --out summaries.jsonl",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, own in action_parsers(parser, ACTIONS):
        if name == "export":
            own.add_argument("--out", type=Path, required=True, metavar="F.jsonl", help="the file to write")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.opened_store import opened_store
    from flink_job.commands.options import settings_of

    if args.action == "export":
        CommandFiles(outputs=("out",)).check(args)
    with opened_store(settings_of(args)) as store:
        return _export(store, args.out) if args.action == "export" else _list(store)


def _list(store: Store) -> int:
    from domain.wording import counted
    from ops.cases.feedback.examples import examples_of
    from ops.cases.feedback.numbers import draft_numbers

    with store.read() as session:
        lines = [_line(one) for one in draft_numbers(session)]
        examples = len(examples_of(session))
    print("\n".join([*lines, f"{counted(examples, 'correction')} fit to be examples"]) if lines else "nobody has rated a summary")
    return 0


def _line(one: DraftNumbers) -> str:
    by = f"{one.model} {one.prompt}".strip()
    return f"{by}: {one.rated:,} rated, {one.changed:,} changed ({one.share:.0%}), {one.bad:,} not good"


def _export(store: Store, out: Path) -> int:
    from domain.whole_files import whole_file
    from domain.wording import counted
    from ops.cases.feedback.export import chats

    with whole_file(out) as file, store.read() as session:
        lines = sum(1 for line in chats(session) if file.write(f"{line}\n"))
    few = "" if lines >= _LEAST else f"; a fine-tuning by OpenAI needs {_LEAST}"
    print(f"{out}: {counted(lines, 'chat')}{few}")
    return 0
