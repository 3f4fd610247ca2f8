"""What only the lake knows of a day: all decisions, and which of the approved ones a label calls a fraud."""

from __future__ import annotations

from domain.decisions.decision import DECISIONS
from domain.incidents.money import NO_CURRENCY
from ops.digest.day import Day
from ops.digest.figures import Counts, Sums
from ops.digest.lake_day import LakeDay, unknown_day
from ops.lake.query import Limits, ask
from ops.lake.query_check import QueryError
from ops.lake.storage import LakeError

_REACH = """SELECT (SELECT min(day) FROM decisions), (
  SELECT max(epoch_ms(event_time)) FROM decisions WHERE day >= DATE '{first}'
)"""
_ITS = "day BETWEEN DATE '{first}' AND DATE '{last}' AND epoch_ms(event_time) >= {start} AND epoch_ms(event_time) < {before}"
_OUTCOMES = """WITH decided AS (
  SELECT decision FROM decisions WHERE {its}
  QUALIFY row_number() OVER (PARTITION BY event_id, coalesce(account, '') ORDER BY decided_at) = 1
)
SELECT decision, count(*) FROM decided GROUP BY ALL"""
_MISSED = """WITH decided AS (
  SELECT event_id, coalesce(account, '') AS who, decision, amount, currency FROM decisions WHERE {its}
  QUALIFY row_number() OVER (PARTITION BY event_id, who ORDER BY decided_at) = 1
), said AS (
  SELECT subject_event_id, coalesce(account, '') AS who, is_fraud FROM labels WHERE day >= DATE '{first}'
  QUALIFY row_number() OVER (PARTITION BY subject_event_id, who, source ORDER BY event_time DESC, event_id DESC) = 1
), missed AS (
  SELECT DISTINCT decided.event_id, decided.who, amount, currency FROM decided
  JOIN said ON subject_event_id = decided.event_id AND (said.who = '' OR said.who = decided.who)
  WHERE is_fraud AND decision = 'approve'
)
SELECT currency, count(*), sum(TRY_CAST(amount AS DECIMAL(30, 4))) FROM missed GROUP BY ALL ORDER BY ALL"""


def lake_day(url: str, limits: Limits, day: Day) -> LakeDay:
    """Return what the lake says of a day."""
    try:
        why = _not_archived(url, limits, day)
        return unknown_day(why) if why else LakeDay(_decisions(url, limits, day), *_missed(url, limits, day))
    except LakeError as error:
        return unknown_day(f"the lake gives no answer: {error}")


def _not_archived(url: str, limits: Limits, day: Day) -> str:
    """Return why the lake does not have the decisions of a day; empty if it does."""
    begins, reaches = ask(url, _of(day, _REACH), limits).rows[0]
    if begins is None or begins > day.in_utc[1]:
        return "the lake begins after this day"
    return "" if reaches is not None and reaches >= day.start else "the lake does not reach this day yet"


def _of(day: Day, query: str) -> str:
    first, last = day.in_utc
    return query.format(first=first, its=_ITS.format(first=first, last=last, start=day.start, before=day.before))


def _decisions(url: str, limits: Limits, day: Day) -> Counts:
    found = ask(url, _of(day, _OUTCOMES), limits).rows
    return dict.fromkeys(DECISIONS, 0) | {str(decision): count for decision, count in found}


def _missed(url: str, limits: Limits, day: Day) -> tuple[Sums | str, int | None]:
    """Return the sums and the number of missed frauds. Labels come late: it grows for weeks."""
    try:
        rows = ask(url, _of(day, _MISSED), limits).rows
    except QueryError as error:
        return f"the lake gives no answer: {error}", None
    sums = {currency or NO_CURRENCY: float(amount) for currency, _, amount in rows if amount}
    return dict(sorted(sums.items(), key=lambda one: (-one[1], one[0]))), sum(row[1] for row in rows)
