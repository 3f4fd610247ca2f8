"""Erasure of one account from the tables: its rows leave, and its name and its events' ids in other rows.

Incidents, summaries and control records stay, as they are of others, too: the pseudonym in them becomes
zeros, and the ids of the account's flagged events become `erased`. The files from before are deleted by
upkeep, once they are as old as `lake.vacuum_h`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from domain.json_text import as_json
from ops.lake.delta import READ_FAILS
from ops.lake.history import dataset_of
from ops.lake.storage import LakeError, lake_error, options_of, table_url
from ops.lake.table_names import ALERTS, DECISIONS, INCIDENTS, SUMMARIES, TABLES

MASK = "0" * 16
_ERASED = '"erased"'
_ATTEMPTS = 5
"""An archiver or upkeep may change the table meanwhile."""
_IDS = 500
"""Of one regular expression, whose size is bounded."""
_PSEUDONYM = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True)
class Erased:
    """What was done to one table."""

    table: str
    deleted: int
    masked: int


def erase(url: str, account: str) -> Iterator[Erased]:
    """Erase an account, by its pseudonym, from all tables that there are.

    A table that fails, because it is damaged or away, holds up no other: LakeError is raised at the end.
    """
    if not _PSEUDONYM.fullmatch(account):
        raise ValueError(f"{account!r} is no pseudonym")
    ids, failed = set[str](), dict[str, LakeError]()
    for table in (ALERTS, DECISIONS):
        with _noted(failed, url, table):
            ids.update(_flagged(url, table, account))
    for table in TABLES:
        with _noted(failed, url, table), suppress(TableNotFoundError):
            delta = DeltaTable(table_url(url, table), storage_options=options_of(url))
            yield _erased(delta, table, account, sorted(ids) if table in (INCIDENTS, SUMMARIES) else ())
    if failed:
        raise _error_of(failed)


@contextmanager
def _noted(failed: dict[str, LakeError], url: str, table: str) -> Iterator[None]:
    """Note what fails of a table, and go on after it."""
    try:
        yield
    except READ_FAILS as error:
        failed.setdefault(table, lake_error(url, error, table))


def _error_of(failed: dict[str, LakeError]) -> LakeError:
    """Return the first error, with the other tables that failed."""
    (_, first), *others = failed.items()
    more = f"; nor could it be erased from {', '.join(table for table, _ in others)}" if others else ""
    return type(first)(f"{first}{more}; it is erased from all other tables")


def has_tables(url: str) -> bool:
    """Return whether the lake has any table. Raises LakeError."""
    try:
        return any(DeltaTable.is_deltatable(table_url(url, table), options_of(url)) for table in TABLES)
    except READ_FAILS as error:
        raise lake_error(url, error) from None


def seen_with(url: str, account: str) -> list[dict[str, str]]:
    """Return with which entities the account's decisions name it: pseudonyms by kind. Raises LakeError."""
    try:
        found = dataset_of(url, DECISIONS)
        if found is None:
            return []
        rows = found.to_table(columns=["entities"], filter=pc.field("account") == account).column(0).to_pylist()
    except READ_FAILS as error:
        raise lake_error(url, error) from None
    return [dict(pairs) for pairs in dict.fromkeys(tuple(sorted(row)) for row in rows if row)]


def _flagged(url: str, table: str, account: str) -> list[str]:
    """Return the ids of the account's events that may be in incidents."""
    found = dataset_of(url, table)
    if found is None:
        return []
    wanted = (pc.field("account") == account) & (pc.field("decision") != "approve")
    return [one for one in found.to_table(columns=["event_id"], filter=wanted).column(0).to_pylist() if one]


def _erased(delta: DeltaTable, table: str, account: str, ids: Sequence[str]) -> Erased:
    fields = pa.schema(delta.schema().to_arrow())
    deleted = masked = 0
    if "account" in fields.names:
        deleted = _again(delta, lambda: delta.delete(f"account = '{account}'"))["num_deleted_rows"] or 0
    texts = [field.name for field in fields if field.type in (pa.string(), pa.large_string(), pa.string_view())]
    masked += _masked(delta, {name: f"replace({name}, '{account}', '{MASK}')" for name in texts}, f"LIKE '%{account}%'")
    for first in range(0, len(ids), _IDS):
        pattern = _quoted("|".join(re.escape(as_json(one)) for one in ids[first : first + _IDS]))
        masked += _masked(delta, {name: f"regexp_replace({name}, {pattern}, '{_ERASED}', 'g')" for name in texts}, f"~ {pattern}")
    return Erased(table, deleted, masked)


def _masked(delta: DeltaTable, updates: dict[str, str], holds: str) -> int:
    predicate = " OR ".join(f"{name} {holds}" for name in updates)
    return int(_again(delta, lambda: delta.update(updates=updates, predicate=predicate))["num_updated_rows"])


def _again(delta: DeltaTable, change: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    for _ in range(_ATTEMPTS - 1):
        try:
            return change()
        except CommitFailedError:
            delta.update_incremental()
    return change()


def _quoted(text: str) -> str:
    """Return a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
