"""Streams into the store: a batch and how far it goes in one transaction; nothing is lost or twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from ops.case_feed.takers import WRONG, Take, Takers
from ops.cases.ingest.places import lock_place, note_place, places
from ops.cases.store import Store
from ops.redis.entry import Entry
from ops.redis.placed_reader import START, StreamReader

BATCH = 500
"""Most entries of a stream in a transaction: others who write wait that long."""


class OvertakenError(Exception):
    """Another worker has stored the same entries."""


class Feed:
    """The way of the streams into the store.

    A place is written with what was read up to it. Several workers may run: whose batch comes second finds
    another place than it began from, writes nothing and goes on from there.
    """

    def __init__(self, store: Store, reader: StreamReader, streams: Sequence[str], takers: Takers, clock: Callable[[], int]) -> None:
        self._store, self._reader, self._streams, self._takers, self._clock = store, reader, streams, takers, clock
        self._places: dict[str, str] = {}

    def step(self) -> int:
        """Store what is there, waiting a while for it; return how many entries were stored.

        Raises StoreError, AwayError, RedisReadError; then nothing is lost, and the next step goes on.
        """
        self._begin()
        stored = 0
        for stream, entries in self._reader.read(self._places).items():
            try:
                stored += self._store_batch(stream, entries)
            except OvertakenError:
                self._places.pop(stream)
        return stored

    def forget(self) -> None:
        """Read the places anew at the next step: the connection or the store was away."""
        self._places.clear()

    def oldest_ms(self) -> int | None:
        """Return when the oldest entry was added that no worker has stored, None if all are."""
        with self._store.read() as session:
            known = places(session)
        stored = {stream: known[stream].entry_id if stream in known else START for stream in self._streams}
        waiting = self._reader.first_after(stored)
        return min((int(entry_id.partition("-")[0]) for entry_id in waiting.values()), default=None)

    def _begin(self) -> None:
        for stream in self._streams:
            if stream not in self._places:
                with self._store.begin() as session:
                    found = lock_place(session, stream) or START
                place = self._reader.begin(stream, found)
                if place != found:
                    with self._store.begin() as session:
                        note_place(session, stream, place, self._clock())
                self._places[stream] = place

    def _store_batch(self, stream: str, entries: Sequence[Entry]) -> int:
        take = self._takers.of(stream)
        try:
            self._write(stream, entries, take)
        except WRONG as error:
            if len(entries) == 1:
                self._takers.skip(entries[0], error)
                self._write(stream, entries, _nothing)
            else:  # the entry at fault alone is left out
                for entry in entries:
                    self._store_batch(stream, [entry])
        return len(entries)

    def _write(self, stream: str, entries: Sequence[Entry], take: Take) -> None:
        with self._store.begin() as session:
            if (lock_place(session, stream) or START) != self._places[stream]:
                raise OvertakenError(stream)
            take(session, entries)
            note_place(session, stream, entries[-1].entry_id, self._clock())
        self._places[stream] = entries[-1].entry_id
        self._reader.note(stream, entries[-1].entry_id, len(entries))


def _nothing(_: Session, entries: Sequence[Entry]) -> None:
    """Write nothing of the entries."""
