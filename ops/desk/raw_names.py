"""Raw identifiers of a question: each is hashed before anything is kept, and who looked is audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from domain.events.event import Rejected
from domain.events.identity import Pseudonyms
from ops.assistant.raw_ids import without_ids
from ops.assistant.raw_values import without_raw
from ops.cases.alerts import alerts_of_event
from ops.cases.decided_events import decided
from ops.cases.entities import note_look_up
from ops.cases.entity_life import known_entities
from ops.cases.store import Store
from ops.desk.entity_search import best_of, hashed_names

_MOST_LOOKED_UP = 20


class RawNames:
    """Pseudonyms of the raw values of one question, for somebody who may look them up."""

    def __init__(self, store: Store, pseudonyms: Callable[[], Pseudonyms], by: str, clock: Callable[[], int]) -> None:
        """Note the parts; `pseudonyms` is called when there is something to hash, and may raise."""
        self._store, self._pseudonyms, self._by, self._clock, self._looked_up = store, pseudonyms, by, clock, 0

    def hashed(self, question: str) -> str:
        """Return the question with pseudonyms in place of raw identifiers. Raises Rejected."""
        return without_ids(without_raw(question, self.sure), self)

    def sure(self, value: str, kind: str = "") -> str:
        """Return the entity that a raw value is. Raises Rejected."""
        names = hashed_names(kind, value, self._pseudonyms())
        self._note(names)
        with self._store.read() as session:
            return best_of(session, names)[0]

    def known(self, value: str, kind: str = "") -> str | None:
        """Return the entity of a raw value if the store knows it."""
        self._looked_up += 1
        if self._looked_up > _MOST_LOOKED_UP:
            return None
        try:
            names = hashed_names(kind, value, self._pseudonyms())
        except Rejected:
            return None
        with self._store.read() as session:
            found = known_entities(session, names)
        self._note(found[:1])
        return found[0] if found else None

    def is_event(self, value: str) -> bool:
        """Return whether a decision on an event of this id is known."""
        with self._store.read() as session:
            return bool(decided(session, value) or alerts_of_event(session, value))

    def _note(self, names: Sequence[str]) -> None:
        if names:
            with self._store.begin() as session:
                for name in names:
                    note_look_up(session, name, by=self._by, now=self._clock(), is_raw=True)
