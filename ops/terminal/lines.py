"""A line per stream entry: alerts, revisions of incidents, rejected events, dead letters.

With a width, what does not fit goes on in lines below, indented; without one, for pipes, an entry is one
whole line.

Documents are shown field by field rather than read as an `Alert` or `Incident`: a stream may hold entries of
older versions and of other writers, and a person must see these, too, as far as they can be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from domain.wording import counted
from ops.redis.entry import Entry
from ops.terminal.shown_values import alert_count, mapping, moment, money, number, number_of, plain, ring_name

SEVERITY_STYLES = {"low": "cyan", "medium": "yellow", "high": "bright_red", "critical": "bold white on red"}
DECISION_STYLES = {"approve": "green", "investigate": "yellow", "block": "red"}
_SHORT_TIME = "%m-%d %H:%M:%S"  # a terminal shows what is going on now; pipes get the year, too
_GAP, _INDENT = 2, 4
_HEADLINE_CHARS = 2000

Column = tuple[str, int, str]
"""Text, least width (below 0 to align right), style."""
Item = tuple[str, str]
"""Text, style."""


def alert_line(alert: Mapping[str, Any], width: int | None = None, with_year: bool = False) -> Text:
    """Return a flagged event from its decision document; the reason is the one of most weight.

    `with_year`: also on a terminal, for events that are not of these days.
    """
    decision = plain(alert.get("decision"))
    columns = (
        _time(alert.get("event_time"), None if with_year else width),
        _severity(alert),
        (decision, 11, DECISION_STYLES.get(decision, "")),
        (number(alert.get("score"), ".2f"), 4, "bold"),
        (plain(alert.get("event_type")), 14, ""),
        (money(alert), -12, ""),
    )
    return _line(columns, alert_items(alert, _top_reason(alert.get("reasons"))), width)


def alert_items(alert: Mapping[str, Any], *texts: str) -> list[Item]:
    """Return who and what an alert is about: the account, further texts, the ring, the event's id."""
    account = mapping(alert.get("entities")).get("account")
    return [
        *([] if account is None else [(f"account {plain(account)}", "")]),
        *((text, "") for text in texts if text),
        (ring_name(alert.get("ring")), "magenta"),
        (f"event {plain(alert.get('event_id'))}", "dim"),
    ]


def incident_line(incident: Mapping[str, Any], width: int | None = None) -> Text:
    """Return one revision of an incident, its headline with it."""
    standing = f"{plain(incident.get('status'))} {plain(incident.get('revision'))}"
    columns = (_time(incident.get("told_at"), width), _severity(incident), (standing, 11, "cyan"))
    headline, goes_on = plain(incident.get("headline"), _HEADLINE_CHARS), incident.get("merged_into")
    count = count_text(incident)
    goes_on_as = [] if goes_on is None else [(f"goes on as {ring_name(goes_on)}", "")]
    return _line(columns, [(headline, ""), (f"({count})", ""), *goes_on_as, (plain(incident.get("id")), "dim")], width)


def count_text(incident: Mapping[str, Any]) -> str:
    """Return "12 alerts", or "12 events" of a wave, whose events need not be flagged."""
    count = incident.get("alerts")
    return counted(count, "event") if incident.get("kind") == "wave" and isinstance(count, int) else alert_count(count)


def rejected_line(rejected: Mapping[str, Any], width: int | None = None) -> Text:
    """Return a rejected event without its raw text, which may hold identifiers that no screen should show."""
    columns = (_time(rejected.get("time"), width), _severity(rejected), ("rejected", 11, "yellow"))
    return _line(columns, [(plain(rejected.get("reason")), ""), (f"({plain(rejected.get('id'))})", "dim")], width)


def overflow_line(overflow: Mapping[str, Any], width: int | None = None) -> Text:
    """Return what was held because analysts have no time for it."""
    columns = (_time(overflow.get("told_at"), width), _severity(overflow), ("overflow", 11, "yellow"))
    return _line(columns, [(plain(overflow.get("headline"), _HEADLINE_CHARS), "")], width)


def dead_line(fields: Mapping[str, Any], width: int | None = None) -> Text:
    """Return an entry that no reader of a group could handle: where it came from, not what it says."""
    source = f"{plain(fields.get('stream'))} entry {plain(fields.get('entry'))}"
    columns = (_time(fields.get("time"), width), _severity(fields), ("dead", 11, "bright_red"))
    return _line(columns, [(f"{source}: {plain(fields.get('reason'))}", ""), (f"({plain(fields.get('id'))})", "dim")], width)


def health_line(found: Mapping[str, Any], width: int | None = None) -> Text:
    """Return how the model is doing, the drift of a day or what its labels say; or what was lost."""
    kind = plain(found.get("kind"))
    columns = (_time(found.get("time"), width), _severity(found), (kind, 11, "cyan"), (plain(found.get("day")), 10, ""))
    items = {"drift": _drift_items, "lost": _lost_items}.get(kind, _label_items)
    return _line(columns, items(found), width)


def _drift_items(found: Mapping[str, Any]) -> list[Item]:
    listed = found.get("inputs")
    drifted = [one for one in (listed if isinstance(listed, list) else ()) if mapping(one).get("verdict") not in (None, "none")]
    return [
        (f"score {_moved(found.get('score'))}", "bold"),
        *((f"{plain(one.get('name'))} {_moved(one)}", "yellow") for one in drifted),
        (f"{number(found.get('events'), ',.0f')} events of {plain(found.get('model'))}", "dim"),
    ]


def _lost_items(found: Mapping[str, Any]) -> list[Item]:
    return [(f"{number(found.get('lines'), ',.0f')} rejected lines dropped while Redis took none", "bold")]


def _moved(of: object) -> str:
    return f"{number(mapping(of).get('psi'), '.3f')} ({plain(mapping(of).get('verdict'))})"


def _label_items(found: Mapping[str, Any]) -> list[Item]:
    kinds = (("precision", "alarms"), ("recall", "frauds"))
    return [(f"{name} {_share(found.get(name))} labelled {of}", "") for name, of in kinds if found.get(name) is not None]


def _share(of: object) -> str:
    share = mapping(of)
    low, high = (number(share.get(name), ".0%") for name in ("low", "high"))
    return f"{number(share.get('value'), '.0%')} ({low} to {high}) of {number(share.get('of'), ',.0f')}"


def applied_line(entry: Entry, applied: Mapping[str, Any], width: int | None = None) -> Text:
    """Return a control record that is in force: its kind, what it does, who asked for it and why."""
    columns = (_time(_ms_of(entry.entry_id), width), (plain(applied.get("control")), 11, "cyan"))
    return _line(columns, [(f"{name} {plain(value)}".strip(), "") for name, value in _applied_facts(applied)], width)


def _applied_facts(applied: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return names and values of what an applied control record says; what it does not say is left out."""
    record, file, first = (mapping(applied.get(name)) for name in ("record", "file", "first_event"))
    on, at, entries = record.get("on"), applied.get("at"), file.get("entries")
    facts = [
        *((name, applied.get(name)) for name in ("applied", "id", "version")),
        ("", ("on" if on else "off") if isinstance(on, bool) else None),
        ("state", None if isinstance(on, bool) else applied.get("state")),
        *((name, record.get(name)) for name in ("path", "list", "entity", "file", "decision", "rate")),
        ("entries", None if entries is None else number(entries, ",.0f")),
        ("model", applied.get("model")),
        ("first event", first.get("event_id")),
        ("accepted", None if at is None else moment(at)),
        ("by", record.get("by")),
        ("because", record.get("reason")),
    ]
    return [(name, value) for name, value in facts if value not in (None, "") and not isinstance(value, dict | list)]


def _ms_of(entry_id: str) -> int | None:
    """Return the time when an entry was added, None for an id that no server gave."""
    ms = entry_id.partition("-")[0]
    return int(ms) if ms.isascii() and ms.isdigit() else None


def unreadable_line(entry: Entry, width: int | None = None) -> Text:
    """Return an entry whose document cannot be read."""
    columns = (_time(entry.fields.get("time"), width), _severity(entry.fields), ("unreadable", 11, "yellow"))
    where = f"{plain(entry.stream)} entry {plain(entry.entry_id)} (id {plain(entry.fields.get('id'))})"
    return _line(columns, [(f"{where} holds no JSON object", "")], width)


def flowed(first: Text, pieces: Sequence[Item], width: int, indent: int = _INDENT) -> Text:
    """Return `first` and then the pieces, as many a line as fit in `width` cells; wrap a longer piece."""
    lines = [first]
    for text, style in pieces:
        if lines[-1].cell_len and lines[-1].cell_len + _GAP + cell_len(text) <= width:
            lines[-1].append(" " * _GAP if lines[-1].plain.strip() else "").append(text, style)
            continue
        for part in Text(text, style).wrap(Console(width=width), max(1, width - indent)):
            lines.append(Text(" " * indent).append_text(part))
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines if first.plain else lines[1:])


def _line(columns: Sequence[Column], pieces: Sequence[Item], width: int | None) -> Text:
    line = _head(columns)
    if width is not None:
        return flowed(line if line.cell_len <= width else _head([(text, 0, style) for text, _, style in columns if text]), pieces, width)
    for text, style in pieces:
        line.append(" " * _GAP).append(text, style)
    return line


def _head(columns: Sequence[Column]) -> Text:
    head = Text()
    for text, least, style in columns:
        left, right = " " * (-least - len(text)), " " * (least - len(text))
        head.append(" " * _GAP if head else "").append(left).append(text, style).append(right)
    return head


def _time(ms: object, width: int | None) -> Column:
    return (moment(ms), 19, "dim") if width is None else (moment(ms, _SHORT_TIME), 14, "dim")


def _severity(document: Mapping[str, Any]) -> Column:
    severity = plain(document.get("severity"))
    return severity, 8, SEVERITY_STYLES.get(severity, "")


def _top_reason(reasons: object) -> str:
    known = [reason for reason in reasons if isinstance(reason, Mapping)] if isinstance(reasons, list) else []
    if not known:
        return ""
    top = max(known, key=lambda reason: number_of(reason.get("weight")) or 0.0)
    return plain(top.get("text") or top.get("code"))
