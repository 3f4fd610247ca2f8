"""The fence around a model's answer: it names rows of this question's results, code says what is in them.

No word that a model wrote is shown, so no figure, id or claim of its own reaches anybody; a text within the
data that gives orders can at most choose other true rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ops.assistant.result import Result, quoted
from ops.assistant.sentences import Sentence

MOST_CITED = 8
_REFERENCE = re.compile(r"\[?(T[1-9]\d?)(?:\.([1-9]\d{0,3}))?\]?", re.ASCII)


def said_by(arguments: Mapping[str, Any], results: Sequence[Result]) -> tuple[list[Sentence], str]:
    """Return a sentence for each row that is named, and what is wrong with those that are none."""
    rows = arguments.get("rows", [])
    if not isinstance(rows, list) or len(rows) > MOST_CITED:
        return [], f"rows is a list of at most {MOST_CITED} references"
    by_name = {one.name: one for one in results}
    sentences: dict[str, Sentence] = {}
    wrong: list[str] = []
    for name in rows:
        sentence = _sentence(name, by_name)
        if sentence is None:
            wrong.append(str(name)[:20])
        else:
            sentences[sentence.text] = sentence
    return list(sentences.values()), f"no tool has returned {', '.join(wrong)}" if wrong else ""


def _sentence(name: object, results: Mapping[str, Result]) -> Sentence | None:
    found = _REFERENCE.fullmatch(name) if isinstance(name, str) else None
    result = results.get(found[1]) if found else None
    if found is None or result is None:
        return None
    if not result.rows:
        return None if found[2] else Sentence(f"{result.title}: there is none.", (result.name,))
    if found[2] is None:
        return _whole(result)
    at = int(found[2]) - 1
    return Sentence(f"{result.title}: {_row(result, at)}.", (result.reference(at),)) if at < len(result.rows) else None


def _whole(result: Result) -> Sentence:
    if len(result.rows) == 1:
        return Sentence(f"{result.title}: {_row(result, 0)}.", (result.reference(0),))
    more = " or more" if result.is_cut else ""
    return Sentence(f"{result.title}: {len(result.rows)}{more} rows. The first: {_row(result, 0)}.", (result.name, result.reference(0)))


def _row(result: Result, at: int) -> str:
    return ", ".join(f"{column.name.replace('_', ' ')} {quoted(text)}" for column, text in result.cells(result.rows[at]))
