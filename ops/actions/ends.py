"""What follows from earlier actions: holds end by themselves, and verdicts release or block. Each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.actions.made import BY_CLOCK, HOLD_IS_OVER, ON_VERDICT, following
from ops.actions.recorded import record
from ops.actions.settings import ActionSettings
from ops.actions.way import drop, may_have_come
from ops.cases import outbox
from ops.cases.action_kinds import BLOCK, PAUSES, RELEASE, VERIFY
from ops.cases.actions import sent_rows
from ops.cases.ingest.holders import parts
from ops.cases.tables import ActionRow
from ops.cases.words import FRAUD, LEGITIMATE

_MOST = 200


@dataclass(frozen=True)
class Word:
    """A word in force."""

    word: str
    by: str
    """Who has given it."""
    why: str = ON_VERDICT


Follows = tuple[ActionRow, str, str, str]
"""An action, the one that ends it, why, and who says so."""


def is_over(session: Session, now: int) -> bool:
    """Return whether a hold's time is over; reads only."""
    return session.scalar(select(ActionRow.id).where(*_over(now)).limit(1)) is not None


def end_holds(session: Session, settings: ActionSettings, now: int) -> int:
    """Release holds whose time is over; return how many releases it made."""
    rows = session.scalars(select(ActionRow).where(*_over(now)).order_by(ActionRow.ends_at).limit(_MOST).with_for_update()).all()
    return _follow(session, settings, [(row, RELEASE, HOLD_IS_OVER, BY_CLOCK) for row in rows], now)


def is_followed(session: Session, words: Mapping[str, Word]) -> bool:
    """Return whether words say something of actions that they do not say themselves; reads only."""
    return any(_of_word(row, words[row.event_key]) for row in _standing(session, words))


def follow_words(session: Session, settings: ActionSettings, words: Mapping[str, Word], now: int) -> int:
    """Do what people say of events: release, or block what is paused; return how many actions it made."""
    rows = _standing(session, words, locks=True)
    return _follow(session, settings, [its for row in rows if (its := _of_word(row, words[row.event_key]))], now)


def _of_word(row: ActionRow, said: Word) -> Follows | None:
    if said.word == LEGITIMATE:
        return row, RELEASE, said.why, said.by
    return (row, BLOCK, said.why, said.by) if said.word == FRAUD and row.action in PAUSES else None


def _follow(session: Session, settings: ActionSettings, wanted: Sequence[Follows], now: int) -> int:
    """End actions with others. One that is on its way is looked at again once it is known what came of it."""
    sent, new = sent_rows(session, [row.key for row, *_ in wanted]), []
    for row, action, why, by in wanted:
        its = sent.get(row.key)
        if its is not None and its.state == outbox.PENDING:
            if its.attempts:
                continue
            drop(session, [its], outbox.CANCELLED, now, f"{why}: {action}")
            session.refresh(its)
        row.ended_at = now
        if action == BLOCK or (row.action != VERIFY and may_have_come(its)):
            new.append(following(settings, row, action, why, by, now))
    session.flush()
    return record(session, new, now)


def _standing(session: Session, words: Mapping[str, Word], *, locks: bool = False) -> list[ActionRow]:
    found: list[ActionRow] = []
    for part in parts(words):
        statement = select(ActionRow).where(ActionRow.event_key.in_(part), ActionRow.ended_at.is_(None)).order_by(ActionRow.id)
        found += session.scalars(statement.with_for_update() if locks else statement)
    return found


def _over(now: int) -> tuple[Any, ...]:
    return (ActionRow.ended_at.is_(None), ActionRow.ends_at <= now)
