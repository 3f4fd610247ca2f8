"""How stream entries look on a terminal: a line per alert and rejected event, a card or a line per incident
revision.

Texts come from outside (shops, a language model): they go through `plain` and into `Text`, never into rich
markup.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from domain.incidents.review_desk import is_overflow
from ops.redis.entry import Entry
from ops.terminal.incident_card import WIDTH, incident_card
from ops.terminal.lines import alert_line, dead_line, incident_line, overflow_line, rejected_line, unreadable_line

_REMEMBERED = 10_000  # incidents; the one that was silent longest is forgotten first


class CardChoice:
    """The revisions that deserve a card: those that say something new for an analyst, unless all do.

    A card for what opened, for another severity or action, and for a closing that no card has shown; else a
    line.
    """

    def __init__(self, every: bool = False) -> None:
        self._every = every
        self._shown: OrderedDict[str, tuple[object, ...]] = OrderedDict()

    def needs_card(self, incident: Mapping[str, Any]) -> bool:
        """Return whether this revision is to be shown as a card, and remember it if so."""
        name, closed = str(incident.get("id")), incident.get("status") == "closed"
        known = self._shown.get(name)
        standing = (incident.get("severity"), incident.get("action"))
        scale = (incident.get("alerts"), incident.get("merged_into"))
        needed = self._every or known is None or known[:2] != standing or (closed and known[2:] != scale)
        if needed:
            self._shown[name] = (*standing, *scale)
        if closed:
            self._shown.pop(name, None)
        elif name in self._shown:
            self._shown.move_to_end(name)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)
        return needed


def print_entry(console: Console, entry: Entry, cards: CardChoice | None = None) -> None:
    """Print `render(entry)`: lines as wide as the terminal, or whole where there is no terminal."""
    width = console.width if console.is_terminal else None
    shown = render(entry, width, cards)
    if isinstance(shown, Text):
        console.print(shown, soft_wrap=True)
    else:
        console.print(shown)


def render(entry: Entry, width: int | None = None, cards: CardChoice | None = None) -> RenderableType:
    """Return a line for an alert, a rejected event, a dead letter or an unreadable entry; for an incident a
    card, or a line where `cards` says so. `width` is in cells; None for no terminal.
    """
    if entry.stream == "dead":
        return dead_line(entry.fields, width)
    document = entry.document()
    if document is None:
        return unreadable_line(entry, width)
    shown = {**entry.fields, **document}
    if entry.stream == "incidents":
        return _incident(shown, width, cards)
    return (rejected_line if entry.stream == "rejected" else alert_line)(shown, width)


def _incident(incident: Mapping[str, Any], width: int | None, cards: CardChoice | None) -> RenderableType:
    if is_overflow(incident):
        return overflow_line(incident, width)
    if cards is not None and not cards.needs_card(incident):
        return incident_line(incident, width)
    return incident_card(incident, width or WIDTH)
