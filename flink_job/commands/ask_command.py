"""`ringwatch ask`"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.events.identity import Pseudonyms
    from flink_job.settings.settings import Settings
    from ops.assistant.answer import Answer
    from ops.assistant.result import Result
    from ops.cases.store import Store

_SENTENCE_CHARS = 2000
EXAMPLE = 'ringwatch ask "How much money was blocked?" --window 7d'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "question",
        metavar="QUESTION",
        nargs="?",
        help="in words, or the name of a ready question; without one the ready questions are shown",
    )
    add("--window", metavar="TIME", help="today, yesterday, 7d, 30d (default), 90d, a day, a month as 2026-11, or DAY..DAY")
    add("--model", action="store_true", help="let the model of llm find the rows where no ready question fits (default: service.ask_model)")
    add("--json", action="store_true", help="write the answer with its tables as one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.question is None:
        return _menu()
    from domain.errors import SettingError
    from domain.events.event import Rejected
    from domain.times import now_ms
    from flink_job.commands.ask_sources import sources_of
    from flink_job.commands.opened_store import opened_store
    from flink_job.commands.options import settings_of
    from flink_job.commands.serve_process import settings_words
    from ops.assistant.endpoint_model import asker_of
    from ops.cases.errors import CaseError

    settings = settings_of(args, service__ask_model=args.model or None)
    asker = asker_of(settings.llm, settings.redis, settings.service.ask_model, sources_of(settings, settings_words(args)))
    if args.model and not asker.has_model:
        raise SettingError("--model: no endpoint is configured: set llm.base_url, or RINGWATCH_LLM_API_KEY in the environment")
    with opened_store(settings, is_there=True) as store:
        try:
            answer = asker.ask(store, _hashed(store, args.question, settings), now_ms(), args.window, _seen)
        except (CaseError, Rejected) as error:
            print(f"ringwatch ask: {error}", file=sys.stderr)
            return 1
    if args.json:
        print(json.dumps(answer.to_document(), ensure_ascii=False))
    else:
        _print(answer)
    return 0 if answer.is_known else 1


def _hashed(store: Store, question: str, settings: Settings) -> str:
    """Return the question with pseudonyms in place of raw identifiers, as the service does. Raises Rejected,
    SettingError without the key.
    """
    from domain.times import now_ms
    from ops.access.roles import LOCAL
    from ops.desk.raw_names import RawNames
    from ops.secrets import pseudonyms, require_pseudonym_key

    def of() -> Pseudonyms:
        require_pseudonym_key()
        return pseudonyms(settings.identity)

    return RawNames(store, of, LOCAL.name, now_ms).hashed(question)


def _seen(result: Result) -> None:
    """Say on stderr what was found, as soon as it is."""
    from ops.terminal.shown_values import plain

    print(f"{result.name}  {plain(result.title)}", file=sys.stderr, flush=True)


def _menu() -> int:
    from ops.assistant.ready import READY

    width = max(map(len, READY))
    for one in READY.values():
        print(f"{one.id:{width}}  {one.text}")
    return 0


def _print(answer: Answer) -> None:
    from ops.assistant.answer import BY_CODE, UNKNOWN
    from ops.assistant.raw_ids import HIDDEN, WHY_HIDDEN
    from ops.terminal.shown_values import plain

    if not answer.is_known:
        why = f"{answer.why} {WHY_HIDDEN}" if HIDDEN in answer.question else answer.why
        print(f"{UNKNOWN} {plain(why, _SENTENCE_CHARS)}\nReady questions: ringwatch ask")
        return
    if answer.writer != BY_CODE:
        print(f"Rows found by {plain(answer.writer)}, look whether they fit:")
    if answer.read_as != answer.question:
        print(f"Read as: {plain(answer.read_as)}")
    for sentence in answer.sentences:
        print(f"{plain(sentence.text, _SENTENCE_CHARS)} [{', '.join(sentence.cites)}]")
    for result in answer.results:
        _print_result(result)


def _print_result(result: Result) -> None:
    from ops.terminal.shown_values import plain

    print(f"\n{result.name}  {plain(result.title)}{' (there are more)' if result.is_cut else ''}")
    rows = [[column.name for column in result.columns], *(list(map(plain, result.texts(row))) for row in result.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = [
            text.rjust(width) if column.is_number else text.ljust(width)
            for text, width, column in zip(row, widths, result.columns, strict=True)
        ]
        print(f"{f'{result.name}.{number}' if number else '':6}{'  '.join(cells)}".rstrip())
