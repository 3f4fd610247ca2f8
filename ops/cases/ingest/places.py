"""How far each stream was read: written in the transaction of what was read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.tables import StreamPlace
from ops.cases.upsert import insert_missing, upsert


def place_in(session: Session, stream: str) -> str | None:
    """Return the id of the last entry of a stream that the store holds, None before the first."""
    return session.scalar(select(StreamPlace.entry_id).where(StreamPlace.stream == stream)) or None


def lock_place(session: Session, stream: str) -> str | None:
    """Return what `place_in` does, and let no other worker note a place of this stream before the commit."""
    insert_missing(session, StreamPlace, [{"stream": stream, "entry_id": "", "at": 0}], ("stream",))
    return session.scalar(select(StreamPlace.entry_id).where(StreamPlace.stream == stream).with_for_update()) or None


def note_place(session: Session, stream: str, entry_id: str, now: int) -> None:
    """Note the last entry of a stream that this transaction holds; `now` is wall clock in ms."""
    upsert(session, StreamPlace, [{"stream": stream, "entry_id": entry_id, "at": now}], ("stream",), ("entry_id", "at"))


def places(session: Session) -> dict[str, StreamPlace]:
    """Return all places by stream, for the lag of each."""
    return {place.stream: place for place in session.scalars(select(StreamPlace)) if place.entry_id}
