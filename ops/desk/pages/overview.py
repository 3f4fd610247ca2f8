"""The overview: how fast and how well the job decides, what waits, whether everything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

from fastapi import Query, Request, Response

from domain.times import DAY_MS
from ops.api.service import Service, ServiceHere
from ops.cases.feedback.numbers import DraftNumbers, draft_numbers
from ops.cases.pace import Minute, decisions_by_minute, new_cases, released_money
from ops.cases.queue_ages import queue_ages
from ops.cases.statistics import DayNumbers, VerdictNumbers, alerts_by_day, queue_numbers, verdict_numbers
from ops.desk.charts.bars import bars, stacked
from ops.desk.charts.lines import lines
from ops.desk.charts.table import figure_html
from ops.desk.job_health import health_lines
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.remembered import Remembered
from ops.desk.view.overview import ages_figure, alerts_figure, blocked_figure, flagged_share, money_words, pace_figure, summed


class Numbers(NamedTuple):
    """Of the last days and minutes."""

    verdicts: VerdictNumbers
    by_day: Sequence[DayNumbers]
    pace: Sequence[Minute]
    released: Mapping[str, float]
    drafts: Sequence[DraftNumbers]


router = pages_of("overview")
MINUTES = 15
CHOICES = (7, 30, 90)
Days = Annotated[int, Query(ge=1, le=400)]


@router.get("/overview")
def overview(request: Request, service: ServiceHere, days: Days = 7) -> Response:
    """Return the numbers of the store, of so many days, and the state of what the service asks."""
    now = service.clock()
    counted: Remembered[Numbers] = request.app.state.counted
    (verdicts, by_day, pace, released, drafts), age_s = counted.told(days, lambda: numbers_of(service, now, days))
    with service.store.read() as session:
        queue, ages, opened = queue_numbers(session, now), queue_ages(session, now), new_cases(session, now - DAY_MS)
    blocked = summed(by_day)
    figures = [
        figure_html(pace_figure(pace), lines, "Minute"),
        figure_html(alerts_figure(by_day), stacked),
        *([figure_html(blocked_figure(by_day, next(iter(blocked))), bars)] if blocked else []),
        figure_html(ages_figure(ages), stacked, "Age"),
    ]
    return page(
        request, "overview.html", days=days, choices=CHOICES, minutes=MINUTES, queue=queue, verdicts=verdicts, figures=figures,
        rate=sum(sum(one.counts) for one in pace) / (60 * MINUTES), flagged=flagged_share(pace), blocked=money_words(blocked),
        released=money_words(released), opened=opened, health=health_lines(service), age_s=round(age_s), drafts=drafts,
    )  # fmt: skip


def numbers_of(service: Service, now: int, days: int) -> Numbers:
    """Return the numbers that take long in a large store."""
    since, until = now - days * DAY_MS, now + 1
    with service.store.read() as session:
        by_day, pace = alerts_by_day(session, max(0, since), until), decisions_by_minute(session, now, MINUTES)
        drafts = draft_numbers(session, since)
        return Numbers(verdict_numbers(session, since, until), by_day, pace, released_money(session, since, until), drafts)
