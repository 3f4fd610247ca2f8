"""What follows from actions, step by step: the end of holds, and what people say."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from domain.times import MINUTE_MS
from ops.actions.ends import end_holds, follow_words, is_followed, is_over
from ops.actions.settings import ActionSettings
from ops.actions.words_said import words_said
from ops.cases.ingest.places import note_place, place_in
from ops.cases.store import Store

_PLACE = "actions.verdicts"
"""Name of the place up to which verdicts were looked at, in ms since 1970."""


class Sequel:
    """What makes the actions that follow from others."""

    def __init__(self, store: Store, settings: ActionSettings, clock: Callable[[], int]) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._again_ms = round(settings.expire_min * MINUTE_MS) + MINUTE_MS
        """So long words are looked at again: an action may be on its way when they come into force."""
        self._noted: int | None = None

    def step(self) -> bool:
        """Make what follows; return whether there may be more. Raises StoreError."""
        now = self._clock()
        with self._store.read() as session:
            since = self._since(session, now)
            over, said = is_over(session, now), is_followed(session, words_said(session, since, now))
        made = 0
        if over or said:
            with self._store.begin() as session:
                made += end_holds(session, self._settings, now) if over else 0
                made += follow_words(session, self._settings, words_said(session, since, now), now) if said else 0
        self._note(now)
        return made > 0

    def _since(self, session: Session, now: int) -> int:
        if self._noted is None:
            self._noted = int(place_in(session, _PLACE) or now - MINUTE_MS)
        return self._noted - self._again_ms

    def _note(self, now: int) -> None:
        """Note how far verdicts were looked at, once a minute: what is looked at twice is done once."""
        if self._noted is None or not 0 <= now - self._noted < MINUTE_MS:
            with self._store.begin() as session:
                note_place(session, _PLACE, f"{now}", now)
            self._noted = now
