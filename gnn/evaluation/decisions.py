"""Decision documents as an evaluation reads them: the job's, those of `ringwatch score`, and foreign ones.

They are not read by `Decision.of`, which asks for the whole document: other systems' decisions and those that
`gnn.evaluate` is given as a table have no reasons, no ring, no event type or no pseudonyms. What is there
must hold as the contract says; outcome and score are checked by the contract's own functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from domain.decisions.decision import DECISIONS, outcome_in, score_in
from domain.file_order import natural_key
from gnn.evaluation.columns import CATEGORY, by_account, has_duplicates, json_lines, table_of
from gnn.evaluation.errors import EvaluationError

_REQUIRED = ("event_id", "decision", "score")
_SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("decision", pa.int8()),
        ("score", pa.float64()),
        ("event_time", pa.int64()),
        ("event_type", CATEGORY),
        ("account_id", CATEGORY),
        ("amount", pa.float64()),
        ("model", CATEGORY),
    ]
)


def read_decisions(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the decision documents of a JSON-lines file, or of all in a folder. Raises `EvaluationError`."""
    files = sorted(path.glob("*.jsonl"), key=natural_key) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise EvaluationError(f"{path} holds no decisions: name a .jsonl file or a folder of them")
    for file, number, document in json_lines(files):
        missing = [name for name in _REQUIRED if name not in document] if isinstance(document, dict) else ["event_id"]
        wrong = f"{missing[0]} is missing" if missing else _wrong(document)
        if wrong:
            raise EvaluationError(f"{file}, line {number}: no decision, {wrong}; is it the job's output?")
        yield document


def decision_table(path: Path) -> pa.Table:
    """Return the columns that an evaluation needs.

    `decision` is its position in `DECISIONS`, `account_id` the pseudonym, null where unknown. Raises
    `EvaluationError`.
    """
    decided = table_of((_row(document) for document in read_decisions(path)), _SCHEMA)
    if not len(decided):
        raise EvaluationError(f"{path} holds no decisions: has the job decided anything yet?")
    if has_duplicates(by_account(decided)):
        raise EvaluationError(f"{path} decides an event twice: is it the output of several runs?")
    return decided


def _row(document: dict[str, Any]) -> tuple[Any, ...]:
    return (
        document["event_id"],
        DECISIONS.index(document["decision"]),
        document["score"],
        document.get("event_time"),
        document.get("event_type"),
        (document.get("entities") or {}).get("account"),
        document.get("amount"),
        document.get("model"),
    )


def _wrong(document: dict[str, Any]) -> str | None:
    """Return what does not fit the contract, if anything."""
    if not isinstance(document["event_id"], str):
        return "event_id is not a string"
    try:
        outcome_in(document), score_in(document)
    except ValueError as error:
        return str(error)
    time = document.get("event_time")
    if time is not None and not (isinstance(time, int) and abs(time) < 1 << 62):
        return "event_time is not an integer of milliseconds"
    entities = document.get("entities") or {}
    texts = (document.get("event_type"), document.get("model"), entities.get("account") if isinstance(entities, dict) else 0)
    if not all(text is None or isinstance(text, str) for text in texts):
        return "event_type, model or entities is not text"
    if document.get("amount") is not None and not _is_number(document["amount"]):
        return "amount is not a number"
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
