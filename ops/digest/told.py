"""Digests for who asks the service: one is made at a time, and told again for a minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from domain.times import MINUTE_S
from ops.cases.errors import Conflict, Invalid
from ops.digest.chosen import by_template
from ops.digest.day import IN_UTC, Day, DayError, day_of
from ops.digest.document import document_of
from ops.digest.figures import Digest

KEPT_MS = MINUTE_S * 1000
WAIT_S = 5.0
"""For others that are made: who waits keeps a thread from other pages."""
_MOST = 32


@dataclass(frozen=True)
class Told:
    """A digest with its sentences."""

    digest: Digest
    text: Sequence[str]
    writer: str

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return document_of(self.digest, self.text, self.writer)


class Digests:
    """What makes digests, from any thread. Their sentences are of the template: no page waits for a model."""

    def __init__(self, made: Callable[[Day, int], Digest], clock: Callable[[], int], zone: ZoneInfo = IN_UTC) -> None:
        """Take what makes the digest of a day at a time in ms, a clock, and the zone of its days."""
        self.zone = zone
        self._made, self._clock, self._one_at_a_time = made, clock, Lock()
        self._kept: dict[str, Told] = {}

    def of(self, name: str) -> Told:
        """Return the digest of a day. Raises `Invalid` of no day, `Conflict` while others are made."""
        try:
            day = day_of(name, self._clock(), self.zone)
        except DayError as error:
            raise Invalid("day", str(error)) from None
        if not self._one_at_a_time.acquire(timeout=WAIT_S):
            raise Conflict("other digests are being made: try again in a moment")
        try:
            return self._told(day, self._clock())
        finally:
            self._one_at_a_time.release()

    def document(self, name: str) -> dict[str, Any]:
        """Return the digest of a day as JSON. Raises as `of` does."""
        return self.of(name).document()

    def _told(self, day: Day, now: int) -> Told:
        fresh = {name: one for name, one in self._kept.items() if 0 <= now - one.digest.made_at < KEPT_MS}
        if day.name not in fresh:
            digest = self._made(day, now)
            fresh[day.name] = Told(digest, *by_template(digest))
        self._kept = dict(list(fresh.items())[-_MOST:])
        return self._kept[day.name]
