"""The last label of each event, from lines of the event contract: the job's own way of reading them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.events.event import Rejected
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.health.label_quality import Judged
from domain.times import DAY_MS


class LabelBook:
    """Labels by account and event. The last of an event counts; `is_fraud: null` withdraws its source's."""

    def __init__(self, parser: EventParser, pseudonyms: Pseudonyms) -> None:
        """Take the parser and the pseudonyms of the job whose decisions are judged."""
        self._parser, self._pseudonyms = parser, pseudonyms
        self._known: dict[tuple[int, int], Judged] = {}
        self.labels = self.rejected = 0

    def take(self, line: bytes) -> None:
        """Take a line in. Events are left out, what is no event is counted."""
        try:
            event = self._parser.parse(line)
        except Rejected:
            self.rejected += 1
            return
        if event.is_label:
            self.labels += 1
            judged = self._known.setdefault((event.entities[0], event.subject_hash), Judged())
            judged.on_label(event.is_fraud, event.source, event.time_ms // DAY_MS)

    def verdict(self, document: Mapping[str, Any]) -> bool | None:
        """Return what is known of a decided event."""
        account = (document.get("entities") or {}).get("account")
        if not isinstance(account, str):
            return None
        try:
            key = int(account, 16), self._pseudonyms.of_text("event", str(document["event_id"]))
        except ValueError:
            return None
        found = self._known.get(key)
        return found.is_fraud if found else None
