"""Rows of features as columns, with what was decided and what labels say: for trials of rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.rules.many_events import Texts
from ops.lake.delta import READ_FAILS
from ops.lake.history import dataset_of
from ops.lake.rows import ADDED_AT, ADDED_N, DAY
from ops.lake.storage import LakeRefusedError, lake_error
from ops.lake.table_names import FEATURES, LABELS
from ops.lake.tables import column_of

_ALWAYS = ("event_id", "event_time", "account", "event_type", "currency", "amount", "decision")
_UNKNOWN, _FRAUD, _LEGITIMATE = 2, 0, 1
Labelled = Mapping[tuple[str, str], bool]
"""(account, event id) -> whether it is fraud."""


class LakeEvents:
    """Rows of the table of features, in columns (`domain.rules.many_events.ManyEvents`)."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows.combine_chunks()
        self.time_ms: NDArray[np.int64] = self._column("event_time").cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).to_numpy()

    def feature(self, name: str) -> NDArray[np.float64]:
        """Return a column of the rows."""
        return self._numbers(column_of(name))

    def amount(self) -> NDArray[np.float64]:
        """Return the amounts."""
        return self._numbers("amount")

    def texts(self, field: str) -> Texts:
        """Return a column of texts."""
        coded = self._column(field).dictionary_encode().combine_chunks()
        return Texts(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist())

    def number(self, attribute: str) -> NDArray[np.float64]:
        """Return a numeric attribute."""
        found = self._said("attributes", lambda said: said.get(attribute))
        return np.array([np.nan if value is None else value for value in found], np.float64)

    def category(self, attribute: str) -> NDArray[np.int64]:
        """Return the hashes of a categorical attribute."""
        found = self._said("derived", lambda said: said.get("categories", {}).get(attribute))
        return np.array([0 if value is None else int(value, 16) for value in found], np.int64)

    def given(self, kind: str) -> NDArray[np.bool_]:
        """Return which events name an entity of a kind."""
        pairs = self._column("pseudonyms").combine_chunks()
        lists = pairs.chunk(0) if isinstance(pairs, pa.ChunkedArray) else pairs
        offsets = lists.offsets.to_numpy()
        keys = pc.equal(lists.keys, kind).to_numpy(zero_copy_only=False)[offsets[0] : offsets[-1]].astype(np.bool_)
        found = np.zeros(len(lists), np.bool_)
        found[np.repeat(np.arange(len(lists)), np.diff(offsets))[keys]] = True
        return found

    def event_id(self, place: int) -> str:
        """Return the id of the event at a place."""
        return str(self._column("event_id")[place].as_py())

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column as it is."""
        return self._column(name)

    def _column(self, name: str) -> pa.ChunkedArray:
        return self._rows.column(name)

    def _numbers(self, name: str) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self._column(name).cast(pa.float64()).to_numpy()
        return found

    def _said(self, column: str, of: Callable[[Any], Any]) -> list[Any]:
        return [None if text is None else of(json.loads(text)) for text in self._column(column).to_pylist()]


def read_events(url: str, first: date, features: Iterable[str], more: Iterable[str] = ()) -> LakeEvents:
    """Return the events from a day on, in the order of event time, with some columns. Raises LakeError."""
    columns = [*dict.fromkeys((*_ALWAYS, *more, *map(column_of, features)))]
    try:
        found = dataset_of(url, FEATURES)
        if found is None:
            raise LakeRefusedError(f"the lake at {url} has no features: name them in lake.tables, and set job.enriched_features")
        rows = found.to_table(columns=[*columns, ADDED_AT, ADDED_N], filter=pc.field(DAY) >= first)
        order = pc.sort_indices(rows, [("event_time", "ascending"), (ADDED_AT, "ascending"), (ADDED_N, "ascending")])
        return LakeEvents(rows.take(order).select(columns))
    except READ_FAILS as error:
        raise error if isinstance(error, LakeRefusedError) else lake_error(url, error) from None


def newest_day(url: str, otherwise: date) -> date:
    """Return the newest day that has rows of features. Raises LakeError."""
    try:
        found = dataset_of(url, FEATURES)
        days = [] if found is None else [day for day in found.to_table(columns=[DAY]).column(0).unique().to_pylist() if day]
    except READ_FAILS as error:
        raise lake_error(url, error) from None
    return max(days, default=otherwise)


def read_labels(url: str) -> Labelled:
    """Return what the labels of a lake say now: of several the last one, unless its source withdraws it."""
    try:
        found = dataset_of(url, LABELS)
        if found is None:
            return {}
        columns = ["account", "subject_event_id", "is_fraud", "source", ADDED_AT, ADDED_N]
        rows = found.to_table(columns=columns).sort_by([(ADDED_AT, "ascending"), (ADDED_N, "ascending")])
    except READ_FAILS as error:
        raise lake_error(url, error) from None
    known: dict[tuple[str, str], tuple[bool, str | None]] = {}
    for row in rows.to_pylist():
        key, said = (row["account"], row["subject_event_id"]), row["is_fraud"]
        if said is not None:
            known[key] = said, row["source"]
        elif key in known and known[key][1] in (None, row["source"]):
            del known[key]
    return {key: said for key, (said, _) in known.items()}


def truths_of(events: LakeEvents, labelled: Labelled) -> NDArray[np.int64]:
    """Return for each event 0 for fraud, 1 for legitimate, 2 for unknown."""
    ids, accounts = events.column("event_id"), events.column("account")
    found = np.full(len(ids), _UNKNOWN, np.int64)
    wanted = pa.array({event_id for _, event_id in labelled}, pa.string())
    for place in np.flatnonzero(pc.is_in(ids, wanted).to_numpy()):
        said = labelled.get((accounts[place].as_py(), ids[place].as_py()))
        if said is not None:
            found[place] = _FRAUD if said else _LEGITIMATE
    return found
