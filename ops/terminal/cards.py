"""How stream entries look on a terminal: a line per alert and rejected event, a card or a line per incident
revision.

Texts come from outside (shops, a language model): they go through `plain` and into `Text`, never into rich
markup.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.console import Console, RenderableType
from rich.text import Text

from domain.decisions.alert import SEVERITIES
from domain.incidents.review_desk import is_overflow
from ops.redis.entry import Entry
from ops.terminal.incident_card import WIDTH, incident_card
from ops.terminal.lines import (
    alert_line,
    applied_line,
    dead_line,
    health_line,
    incident_line,
    overflow_line,
    rejected_line,
    unreadable_line,
)
from ops.terminal.shown_values import mapping

_REMEMBERED = 10_000  # incidents; the one that was silent longest is forgotten first
_MEDIUM = SEVERITIES.index("medium")


class CardChoice:
    """The revisions that deserve a card, unless all do; the others are lines.

    A card is the first word on an incident, and a change to another action or to a higher severity. A line is
    enough for low severity, for one alert of one account up to medium severity, and for a closing.
    """

    def __init__(self, every: bool = False) -> None:
        self._every = every
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def needs_card(self, incident: Mapping[str, Any]) -> bool:
        """Return whether this revision is to be shown as a card, and remember what it says."""
        name, now = str(incident.get("id")), _Seen(_gravity(incident), incident.get("action"), False)
        known = self._seen.pop(name, None)
        needed = self._every or (not _is_slight(incident) and _is_news(now, known, incident))
        if incident.get("status") != "closed":
            self._seen[name] = now._replace(carded=needed or (known is not None and known.carded))
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return needed


class _Seen(NamedTuple):
    """What the last revision of an incident said, and whether a card has shown the incident."""

    gravity: int
    action: object
    carded: bool


def _is_news(now: _Seen, known: _Seen | None, incident: Mapping[str, Any]) -> bool:
    if known is not None and (now.action != known.action or now.gravity > known.gravity):
        return True
    return (known is None or not known.carded) and now.gravity >= _MEDIUM and incident.get("merged_into") is None


def _is_slight(incident: Mapping[str, Any]) -> bool:
    """Return whether it is one alert of one account, of at most medium severity."""
    accounts = mapping(mapping(incident.get("participants")).get("account")).get("count")
    return incident.get("alerts") == 1 and accounts == 1 and _gravity(incident) <= _MEDIUM


def _gravity(incident: Mapping[str, Any]) -> int:
    severity = incident.get("severity")
    return SEVERITIES.index(severity) if severity in SEVERITIES else _MEDIUM


def print_entry(console: Console, entry: Entry, cards: CardChoice | None = None, with_year: bool = False, options: str = "") -> None:
    """Print `render(entry)`: lines as wide as the terminal, or whole where there is no terminal."""
    width = console.width if console.is_terminal else None
    shown = render(entry, width, cards, with_year, options)
    if isinstance(shown, Text):
        console.print(shown, soft_wrap=True)
    else:
        console.print(shown)


def render(
    entry: Entry, width: int | None = None, cards: CardChoice | None = None, with_year: bool = False, options: str = ""
) -> RenderableType:
    """Return a line for an alert, a decision, a rejected event, the model's health, an applied control
    record, a dead letter or an unreadable entry; for an incident a card, or a line where `cards` says so.
    `width` is in cells; None for no terminal. `with_year` dates an alert with the year on a terminal, too.
    `options` are those of a command that a card shows.
    """
    if entry.stream == "dead":
        return dead_line(entry.fields, width)
    document = entry.document()
    if document is None:
        return unreadable_line(entry, width)
    shown = {**entry.fields, **document}
    if entry.stream == "incidents":
        return _incident(shown, width, cards, options)
    if entry.stream == "health":
        return health_line(shown, width)
    if entry.stream == "control_applied":
        return applied_line(entry, document, width)
    if entry.stream == "rejected":
        return rejected_line(shown, width)
    return alert_line({"severity": "", **shown} if entry.stream == "decisions" else shown, width, with_year)


def _incident(incident: Mapping[str, Any], width: int | None, cards: CardChoice | None, options: str) -> RenderableType:
    if is_overflow(incident):
        return overflow_line(incident, width)
    if cards is not None and not cards.needs_card(incident):
        return incident_line(incident, width)
    return incident_card(incident, width or WIDTH, options)
