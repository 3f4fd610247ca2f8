"""The lake's events and labels as a file of events that training, backtests and replays read.

They are in the order of event time. At one time labels of events from before come first, then events, then
their own labels, as `ringwatch import` orders them; each kind in the order in which it was added.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from domain.graph import LABEL
from domain.json_text import as_json
from domain.times import utc_ms
from ops.lake.delta import READ_FAILS
from ops.lake.rows import ADDED_AT, ADDED_N, DAY
from ops.lake.settings import S3
from ops.lake.storage import LakeRefusedError, lake_error, options_of, table_url
from ops.lake.table_names import DECISIONS, EVENTS, LABELS

_EVENT = ("event_id", "event_type", "event_time", "pseudonyms", "amount", "currency", "account_created_at", "attributes")
_LABEL = ("event_id", "event_time", "subject_event_id", "is_fraud", "source", "pseudonyms", "account_created_at")
_TIMES = ("event_time", "account_created_at")
EXPLORED = "explored"
_OF_EARLIER, _AN_EVENT, _OF_NOW = range(3)
Progress = Callable[[str, int, int], None]


def write_history(url: str, path: Path, progress: Progress) -> None:
    """Write all events and labels of a lake as JSON lines. Raises LakeError."""
    try:
        events, labels = dataset_of(url, EVENTS), dataset_of(url, LABELS)
        if events is None:
            raise LakeRefusedError(f"the lake at {url} has no table of events: set job.enriched, and let ringwatch archive run")
        days = sorted({*_days(events), *(_days(labels) if labels else ())})
        with path.open("w", encoding="utf-8") as file:
            for done, day in enumerate(days, 1):
                file.writelines(f"{as_json(line)}\n" for line in _lines(events, labels, day))
                progress("reading the lake", done, len(days))
    except READ_FAILS as error:
        raise error if isinstance(error, LakeRefusedError) else lake_error(url, error) from None


def read_decided(url: str, decisions: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield id, entities, decision, switches and share of the events of a lake that have one of these
    decisions, or were drawn to be reviewed in place of a block.

    They are those of the table of decisions, or of the events where there is none. Raises LakeError.
    """
    try:
        table = dataset_of(url, DECISIONS) or dataset_of(url, EVENTS)
        if table is None or not decisions:
            return
        columns = [name for name in ("event_id", "account", "decision", "switches", EXPLORED) if name in table.schema.names]
        wanted = pc.field("decision").isin(list(decisions))
        if EXPLORED in columns:
            wanted |= pc.field(EXPLORED) > 0.0
        for batch in table.to_batches(columns=columns, filter=wanted):
            yield from map(_decided, batch.to_pylist())
    except READ_FAILS as error:
        raise lake_error(url, error) from None


def _decided(row: Mapping[str, Any]) -> dict[str, Any]:
    switches = {"switches": json.loads(row["switches"])} if row.get("switches") else {}
    drawn = {EXPLORED: row[EXPLORED]} if row.get(EXPLORED) else {}
    return {"event_id": row["event_id"], "entities": {"account": row["account"]}, "decision": row["decision"], **switches, **drawn}


def dataset_of(url: str, table: str) -> Any:
    """Return a table as a dataset of Arrow, None if there is none."""
    place = table_url(url, table)
    try:
        found = DeltaTable(place, storage_options=options_of(url))
    except TableNotFoundError:
        return None
    return found.to_pyarrow_dataset(filesystem=None if url.startswith(S3) else pafs.SubTreeFileSystem(place, pafs.LocalFileSystem()))


def _days(table: Any) -> set[date]:
    return set(table.to_table(columns=[DAY]).column(0).unique().to_pylist())


def _lines(events: Any, labels: Any, day: date) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of a day in their order."""
    found = [(*_key(row, _AN_EVENT), _event(row)) for row in _rows(events, _EVENT, day)]
    if labels is not None:
        times = {line["event_id"]: at for at, *_, line in found}
        found += [(*_key(row, _kind(row, times)), _label(row)) for row in _rows(labels, _LABEL, day)]
    found.sort(key=lambda row: row[:-1])
    for *_, line in found:
        yield line


def _rows(table: Any, columns: tuple[str, ...], day: date) -> Iterator[dict[str, Any]]:
    found: pa.Table = table.to_table(columns=[*columns, ADDED_AT, ADDED_N], filter=pc.field(DAY) == day)
    for batch in found.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _kind(label: Mapping[str, Any], times: Mapping[str, Any]) -> int:
    """Return the place of a label among what has its time: after its event, if that is of the same."""
    return _OF_NOW if times.get(label["subject_event_id"]) == label["event_time"] else _OF_EARLIER


def _key(row: Mapping[str, Any], kind: int) -> tuple[Any, ...]:
    return row["event_time"], kind, row[ADDED_AT], row[ADDED_N]


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    line = _plain(row, _EVENT)
    if "attributes" in line:
        line["attributes"] = json.loads(line["attributes"])
    return line


def _label(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"event_type": LABEL, **_plain(row, _LABEL), "is_fraud": row["is_fraud"]}


def _plain(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that say something, as events have them."""
    line = {name: row[name] for name in names if row[name] is not None}
    line |= {name: utc_ms(line[name]) for name in _TIMES if name in line}
    return line | {"pseudonyms": dict(line.get("pseudonyms", ()))}
