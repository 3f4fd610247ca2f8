"""How stream entries look on a terminal: a line per alert and rejected event, a card per incident.

Texts come from outside (shops, a language model): they go through `plain` and into `Text`, never into rich
markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from domain.incidents.review_desk import is_overflow
from ops.redis.entry import Entry

_SEVERITY_STYLES = {"low": "cyan", "medium": "yellow", "high": "bright_red", "critical": "bold white on red"}
_DECISION_STYLES = {"approve": "green", "investigate": "yellow", "block": "red"}
_UNKNOWN = "?"
_LINE_CHARS = 160  # of one text in a line: a long reason, not a flood
_CARD_CHARS = 2000
_RING_CHARS = 6  # of the pseudonym: enough to tell rings apart at a glance; the document has the whole
_LIST_ITEMS = 8


def plain(value: object, limit: int = _LINE_CHARS) -> str:
    """`value` as one line of at most `limit` characters that a terminal takes for nothing but text.

    Control characters (escape sequences with them), bidirectional overrides and other invisible formatting,
    and halves of surrogate pairs are dropped; line ends and tabs become spaces. Absent values are "?".
    """
    if value is None:
        return _UNKNOWN
    spaced = " ".join(str(value)[: 4 * limit].split())
    kept = "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def print_entry(console: Console, entry: Entry) -> None:
    """Prints `render(entry)`: a line is cut at the terminal's edge, and left whole where there is no
    terminal.
    """
    shown = render(entry)
    if isinstance(shown, Text) and console.is_terminal:
        console.print(shown, no_wrap=True, overflow="ellipsis")
    else:
        console.print(shown, soft_wrap=isinstance(shown, Text))


def render(entry: Entry) -> RenderableType:
    """A line for an alert, a rejected event, a dead letter or an unreadable entry, a card for an incident."""
    if entry.stream == "dead":
        return dead_line(entry.fields)
    document = entry.document()
    if document is None:
        return _unreadable_line(entry)
    shown = {**entry.fields, **document}
    if entry.stream == "incidents":
        return overflow_line(shown) if is_overflow(shown) else incident_card(shown)
    if entry.stream == "rejected":
        return rejected_line(shown)
    return alert_line(shown)


def alert_line(alert: Mapping[str, Any]) -> Text:
    """One line for a flagged event, from its decision document; the reason is the one of most weight."""
    decision = plain(alert.get("decision"))
    ring = alert.get("ring")
    return _columns(
        (_moment(alert.get("event_time")), 19, "dim"),
        _severity_column(alert),
        (decision, 11, _DECISION_STYLES.get(decision, "")),
        (_number(alert.get("score"), ".2f"), 4, "bold"),
        (plain(alert.get("event_type")), 14, ""),
        (_money(alert).rjust(14), 14, ""),
        ("no ring" if ring is None else f"ring {_short_ring(plain(ring))}", 14 + _RING_CHARS, "magenta"),
        (_top_reason(alert.get("reasons")), 0, ""),
    )


def rejected_line(rejected: Mapping[str, Any]) -> Text:
    """One line for a rejected event; without the raw text, which may hold identifiers that no screen should
    show.
    """
    return _columns(
        (_moment(rejected.get("time")), 19, "dim"),
        _severity_column(rejected),
        ("rejected", 11, "yellow"),
        (plain(rejected.get("reason")), 0, ""),
        (f"({plain(rejected.get('id'))})", 0, "dim"),
    )


def overflow_line(overflow: Mapping[str, Any]) -> Text:
    """One line for revisions that were held because analysts have no time for them."""
    return _columns(
        (_moment(overflow.get("told_at")), 19, "dim"),
        _severity_column(overflow),
        ("overflow", 11, "yellow"),
        (plain(overflow.get("headline"), _CARD_CHARS), 0, ""),
    )


def dead_line(fields: Mapping[str, Any]) -> Text:
    """One line for an entry that no member of a consumer group could handle; where it came from, not what it
    says.
    """
    source = f"{plain(fields.get('stream'))} entry {plain(fields.get('entry'))}"
    return _columns(
        (_moment(fields.get("time")), 19, "dim"),
        _severity_column(fields),
        ("dead", 11, "bright_red"),
        (f"{source}: {plain(fields.get('reason'))}", 0, ""),
        (f"({plain(fields.get('id'))})", 0, "dim"),
    )


def incident_card(incident: Mapping[str, Any]) -> Panel:
    """A panel for one revision of an incident, from its document."""
    severity = plain(incident.get("severity"))
    style = _SEVERITY_STYLES.get(severity, "")
    facts = _mapping(incident.get("evidence")).get("facts")
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    _add_row(rows, "Pattern", _text(incident.get("pattern")))
    _add_row(rows, "Next steps", _lines(f"{i}. {step}" for i, step in enumerate(_items(incident.get("next_steps")), 1)))
    _add_row(rows, "Key facts", _lines(_fact(fact) for fact in _items(facts)))
    _add_row(rows, "Ring", Text(plain(incident.get("ring"))))
    if incident.get("merged_into") is not None:
        _add_row(rows, "Goes on as", Text(f"ring {plain(incident.get('merged_into'))}"))
    _add_row(rows, "Time", Text(f"{_moment(incident.get('first_time'))} to {_moment(incident.get('last_time'))} UTC"))
    _add_row(rows, "Scale", Text(f"{_alerts(incident.get('alerts'))}, {_at_risk(incident.get('money_at_risk'))}"))
    standing = " · ".join(plain(incident.get(field)) for field in ("action", "status"))
    title = Text.assemble((f" {severity.upper()} ", style), f" {standing} · revision {plain(incident.get('revision'))} ")
    body = Group(Text(plain(incident.get("headline")), style="bold"), _text(incident.get("explanation")), Text(), rows)
    written = Text(f" {plain(incident.get('id'))} · written by {_writer(incident.get('writer'))} ", style="dim")
    return Panel(
        body,
        title=title,
        title_align="left",
        subtitle=written,
        subtitle_align="right",
        border_style="red" if severity == "critical" else style,
    )


def _unreadable_line(entry: Entry) -> Text:
    fields = entry.fields
    return _columns(
        (_moment(fields.get("time")), 19, "dim"),
        _severity_column(fields),
        ("unreadable", 11, "yellow"),
        (
            f"{plain(entry.stream)} entry {plain(entry.entry_id)} (id {plain(fields.get('id'))}) holds no JSON object",
            0,
            "",
        ),
    )


def _columns(*columns: tuple[str, int, str]) -> Text:
    """Text, least width and style of each column, two spaces apart."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for text, width, style in columns:
        line.append("  " if line else "").append(text, style).append(" " * (width - len(text)))
    line.rstrip()
    return line


def _severity_column(document: Mapping[str, Any]) -> tuple[str, int, str]:
    severity = plain(document.get("severity"))
    return severity, 8, _SEVERITY_STYLES.get(severity, "")


def _add_row(rows: Table, label: str, value: Text) -> None:
    if value:
        rows.add_row(label, value)


def _text(value: object) -> Text:
    return Text("" if value is None else plain(value, _CARD_CHARS))


def _lines(lines: Any) -> Text:
    return Text("\n").join(_text(line) for line in lines)


def _items(value: object) -> list[Any]:
    return value[:_LIST_ITEMS] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _fact(fact: object) -> str:
    return f"{_mapping(fact).get('id', _UNKNOWN)}: {_mapping(fact).get('text', _UNKNOWN)}"


def _writer(writer: object) -> str:
    """The model's name where a model wrote, else the writer's."""
    named = _mapping(writer)
    return plain(named.get("model") or named.get("name"))


def _top_reason(reasons: object) -> str:
    known = [reason for reason in reasons if isinstance(reason, Mapping)] if isinstance(reasons, list) else []
    if not known:
        return ""
    top = max(known, key=lambda reason: _float(reason.get("weight")) or 0.0)
    return plain(top.get("text") or top.get("code"))


def _money(document: Mapping[str, Any]) -> str:
    if document.get("amount") is None:
        return ""
    return f"{_number(document['amount'], ',.2f')} {plain(document.get('currency'))}"


def _at_risk(money: object) -> str:
    amounts = [f"{_number(amount, ',.2f')} {plain(currency)}" for currency, amount in _mapping(money).items()]
    return f"{' + '.join(amounts[:_LIST_ITEMS]) or 'no money'} at risk"


def _number(value: object, spec: str) -> str:
    number = _float(value)
    return _UNKNOWN if number is None else format(number, spec)


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _moment(ms: object) -> str:
    """`ms` since epoch as date and time, UTC."""
    try:
        return datetime.fromtimestamp((_float(ms) or float("nan")) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return _UNKNOWN


def _short_ring(ring: str) -> str:
    """The kind whole, the pseudonym cut: `device-149381`."""
    kind, dash, pseudonym = ring.rpartition("-")
    return f"{kind}{dash}{pseudonym[:_RING_CHARS]}"


def _alerts(count: object) -> str:
    return "1 alert" if count == 1 else f"{plain(count)} alerts"
