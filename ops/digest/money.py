"""Money of a day's flagged events, by the verdicts in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from domain.decisions.decision import BLOCK
from domain.incidents.money import NO_CURRENCY, from_units, to_units
from ops.cases.tables import AlertRow, VerdictAlert, VerdictRow
from ops.cases.words import LEGITIMATE
from ops.digest.day import Day
from ops.digest.figures import Money, Sums


class Flagged(NamedTuple):
    """A flagged event of the day."""

    decision: str
    currency: str
    units: int | None
    word: str | None
    """The verdict in force."""


def flagged_events(session: Session, day: Day) -> Iterator[Flagged]:
    """Yield the flagged events of a day with what people say of them."""
    words = _words(session, day)
    columns = (AlertRow.id, AlertRow.decision, AlertRow.currency, AlertRow.amount)
    for id_, decision, currency, amount in session.execute(select(*columns).where(*_of(day)).execution_options(yield_per=5_000)):
        yield Flagged(decision, currency or NO_CURRENCY, None if amount is None else to_units(amount), words.get(id_))


def money_of(events: list[Flagged]) -> Money:
    """Return what was stopped and what was held up wrongly."""
    stopped, unjudged, wrongly = Counter[str](), Counter[str](), Counter[str]()
    for one in events:
        if one.units is None:
            continue
        if one.word == LEGITIMATE:
            wrongly[one.currency] += one.units
        elif one.decision == BLOCK:
            stopped[one.currency] += one.units
            unjudged[one.currency] += one.units if one.word is None else 0
    without = sum(one.units is None and one.decision == BLOCK for one in events)
    return Money(sums(stopped), sums(unjudged), sums(wrongly), without)


def sums(units: Mapping[str, int]) -> Sums:
    """Return sums as amounts, the largest first, without those of nothing."""
    return {currency: from_units(its) for currency, its in sorted(units.items(), key=lambda one: (-one[1], one[0])) if its}


def _words(session: Session, day: Day) -> dict[str, str]:
    """Return the verdict in force of each alert of the day: the newest that was not undone."""
    statement = (
        select(VerdictAlert.alert_id, VerdictRow.word)
        .join(VerdictRow, VerdictRow.id == VerdictAlert.verdict_id)
        .join(AlertRow, AlertRow.id == VerdictAlert.alert_id)
        .where(*_of(day), VerdictRow.undone_at.is_(None))
        .order_by(VerdictRow.at, VerdictRow.id)
    )
    return dict(session.execute(statement).all())


def _of(day: Day) -> tuple[ColumnElement[bool], ...]:
    return (AlertRow.time >= day.start, AlertRow.time < day.before)
