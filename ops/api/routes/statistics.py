"""Numbers for an overview: the queue, verdicts, alerts by day."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from domain.times import DAY_MS
from ops.api.bodies.overview import Age, Day, Drafts, Queue, Statistics, VerdictNumbers
from ops.api.problems import answers
from ops.api.queries import Until
from ops.api.rights import routes_of
from ops.api.service import ServiceHere
from ops.cases.feedback.numbers import draft_numbers
from ops.cases.queue_ages import QueueAge, queue_ages
from ops.cases.statistics import alerts_by_day, queue_numbers, verdict_numbers

Days = Annotated[int, Query(ge=1, le=400, description="How many days back verdicts and alerts are counted")]
router = routes_of("statistics")


@router.get("/v1/statistics", summary="Statistics", responses=answers(503))
def statistics(service: ServiceHere, days: Days = 30, until: Until = None) -> Statistics:
    """Return the queue by severity and age, verdicts and how many were right, alerts and money by day,
    and how many summaries people changed.

    Days are of event time: where the job reads a history, name its end in `until`.
    """
    now = service.clock()
    end = now if until is None else until
    with service.store.read() as session:
        queue, verdicts = queue_numbers(session, now), verdict_numbers(session, now - days * DAY_MS, now + 1)
        drafts = draft_numbers(session, now - days * DAY_MS)
        by_day, ages = alerts_by_day(session, max(0, end - days * DAY_MS), end + 1), queue_ages(session, now)
    numbers = {name: getattr(queue, name) for name in ("open", "claimed", "overdue", "money", "oldest_due")}
    return Statistics(
        at=now,
        queue=Queue(**numbers, by_severity=[_age(age) for age in ages]),
        verdicts=VerdictNumbers(
            words=verdicts.words,
            undone=verdicts.undone,
            by_person=verdicts.by_person,
            precision=None if verdicts.false_alarms is None else 1 - verdicts.false_alarms,
        ),
        days=[Day.model_validate(day) for day in by_day],
        drafts=[Drafts.model_validate(one) for one in drafts],
    )


def _age(age: QueueAge) -> Age:
    return Age.model_validate(age)
