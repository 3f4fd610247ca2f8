"""All figures of a day, put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.incidents.money import from_units, to_units
from ops.cases.first_event import first_event
from ops.cases.settings import StoreSettings
from ops.cases.statistics import alerts_by_day
from ops.digest.changes import changes_of, dead_letters
from ops.digest.coverage import not_covered
from ops.digest.day import Day
from ops.digest.decided import decisions_of
from ops.digest.figures import Counts, Digest, Drift, Prices, TrendDay
from ops.digest.incidents import incidents_of, llm_of
from ops.digest.lake_day import LakeDay
from ops.digest.money import flagged_events, money_of
from ops.digest.work import work_of

OF_STORE = ("alerts", "money", "work", "incidents", "llm")


@dataclass(frozen=True)
class Gathering:
    """What a digest is made from beside the day."""

    prices: Prices
    store: StoreSettings
    now: int
    drift: Sequence[Drift] | str
    """Or why it is not known."""
    rejected: Counts | str = "nobody asked Redis"
    """Rejected lines by field, or why they are not known."""


def digest_of(session: Session, day: Day, lake: LakeDay, its: Gathering) -> Digest:
    """Return the digest of a day; what is not known is None and named in `unknown`."""
    unknown = dict[str, str]()
    found = Digest(day.name, its.now, day.is_over(its.now), day.zone.key, week=_week(session, day), dead_letters=dead_letters(session))
    changes, more = changes_of(session, day)
    parts: dict[str, Any] = {"changes": changes, "more_changes": more}
    parts |= {**_decided(session, day, lake, its, unknown), **_missed(lake, unknown)}
    if why := not_covered(session, day, its.now, its.store):
        unknown |= dict.fromkeys(OF_STORE, why)
    else:
        parts |= _of_store(session, day, its)
        if parts["work"].false_block_cost is None:
            unknown["work.false_block_cost"] = "no blocked event of this day has a verdict yet"
    for name, found_in_redis in (("drift", its.drift), ("rejected", its.rejected)):
        if isinstance(found_in_redis, str):
            unknown[name] = found_in_redis
        else:
            parts[name] = found_in_redis
    return replace(found, **parts, unknown=unknown)


def _of_store(session: Session, day: Day, its: Gathering) -> dict[str, Any]:
    events = list(flagged_events(session, day))
    by_decision = Counter(one.decision for one in events)
    return {
        "alerts": {name: by_decision[name] for name in (BLOCK, INVESTIGATE)},
        "money": money_of(events),
        "work": work_of(session, day, events, its.prices),
        "incidents": incidents_of(session, day),
        "llm": llm_of(session, day),
    }


def _decided(session: Session, day: Day, lake: LakeDay, its: Gathering, unknown: dict[str, str]) -> Mapping[str, Any]:
    """Return decisions by outcome, of the lake if it knows, else of the store."""
    found = lake.decisions if not isinstance(lake.decisions, str) else decisions_of(session, day, its.now, its.store)
    if isinstance(found, str):
        unknown["decisions"] = found
        return {}
    return {"decisions": found}


def _missed(lake: LakeDay, unknown: dict[str, str]) -> Mapping[str, Any]:
    if isinstance(lake.missed, str):
        unknown["missed"] = lake.missed
        return {}
    return {"missed": lake.missed, "missed_events": lake.missed_events}


def _week(session: Session, day: Day) -> list[TrendDay]:
    """Return the seven days that end with this one; those before the store's first event are unknown."""
    first = first_event(session)
    return [_trend_day(session, one) if first is not None and first < one.before else TrendDay(one.name, None, None) for one in day.week]


def _trend_day(session: Session, day: Day) -> TrendDay:
    """Return the alerts of a day; one of another zone lies in two days in UTC."""
    parts, blocked = alerts_by_day(session, day.start, day.before), Counter[str]()
    for part in parts:
        blocked.update({currency: to_units(amount) for currency, amount in part.blocked.items()})
    return TrendDay(day.name, sum(part.alerts for part in parts), {code: from_units(units) for code, units in blocked.items()})
