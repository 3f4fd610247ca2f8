"""What the streams still hold of the newest events, as files: events with labels, decisions, lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.control.records import LIST
from domain.json_text import as_json
from domain.rules.conditions import DELETED, EntityListed, Rule, leaves
from flink_job.settings.redis_url import is_redis, redis_stream
from flink_job.settings.settings import Settings
from ops.redis.entry import Entry
from ops.redis.newest_entries import newest_entries
from ops.redis.stream_documents import stream_documents
from ops.secrets import control_keys, redis_url

APPLIED = "control_applied"


@dataclass(frozen=True)
class StreamWindow:
    """The files of a window, and what it is."""

    events: Path
    decisions: Path
    control: Path | None
    """Records of the lists that the rules name; None if they name none."""
    lines: int
    """Events of the stream that are in it."""
    from_ms: int | None
    """When its first event was sent; None of an empty one."""
    until_ms: int | None


def write_window(settings: Settings, rules: Sequence[Rule], most: int, folder: Path) -> StreamWindow:
    """Write what the streams hold of the newest `most` events into a folder. Raises RedisReadError."""
    url, prefix = redis_url(settings.redis.url), settings.redis.prefix
    entries = newest_entries(url, prefix, _keys(settings.service.score.events), most)
    since = entries[0].entry_id.partition("-")[0] if entries else "-"
    labels = newest_entries(url, prefix, _keys(settings.service.labels), most, since)
    decided = newest_entries(url, prefix, _keys(settings.service.score.decisions), 2 * most, since)
    both = sorted([*entries, *labels], key=lambda entry: tuple(map(int, entry.entry_id.split("-"))))
    events, decisions = folder / "events.jsonl", folder / "decisions.jsonl"
    events.write_text("".join(f"{_line(entry)}\n" for entry in both), "utf-8", "replace")
    decisions.write_text("".join(f"{line}\n" for entry in decided if "event_id" in (line := _line(entry))), "utf-8", "replace")
    return StreamWindow(events, decisions, _write_lists(settings, rules, folder), len(entries), *_span(entries))


def _keys(stream: str) -> tuple[str, ...]:
    """Return the streams of a URL without the prefix; none for what is not in Redis."""
    return redis_stream(stream, "service").keys("") if is_redis(stream) else ()


def _line(entry: Entry) -> str:
    text = entry.fields.get("json") or (next(iter(entry.fields.values())) if len(entry.fields) == 1 else "")
    return " ".join(text.splitlines())


def _span(entries: Sequence[Entry]) -> tuple[int | None, int | None]:
    if not entries:
        return None, None
    first, last = (int(entry.entry_id.partition("-")[0]) for entry in (entries[0], entries[-1]))
    return first, last


def _write_lists(settings: Settings, rules: Sequence[Rule], folder: Path) -> Path | None:
    """Write the newest record of each entry of the lists that rules name; they hold from the first event."""
    named = {leaf.list for rule in rules for leaf in leaves(rule.when) if isinstance(leaf, EntityListed)}
    if not named:
        return None
    records: dict[str, Mapping[str, Any]] = {}
    keys = control_keys(settings.job.control_keys)  # a record may name a file, which is read
    for document in stream_documents(redis_url(settings.redis.url), settings.redis.prefix, APPLIED, keys=keys):
        record = document.get("record")
        if document.get("control") == LIST and isinstance(record, dict) and record.get("list") in named:
            records[str(document.get("id"))] = record
    path = folder / "lists.jsonl"
    path.write_text("".join(as_json(record) + "\n" for record in records.values() if record.get("state") != DELETED), "utf-8")
    return path


def window_document(window: StreamWindow, most: int, wanted: int) -> dict[str, Any]:
    """Return what a window is, for JSON; `wanted`: how many events it would have had with more time."""
    return {"events": window.lines, "most": most, "wanted": wanted, "from": window.from_ms, "until": window.until_ms}
