"""How many drafts people change: of the summaries that were rated, by who wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ops.cases.tables import SummaryFeedback

_MOST = 20


@dataclass(frozen=True)
class DraftNumbers:
    """The rated summaries of one model, or of the template, under one version of the prompt."""

    model: str
    prompt: str
    rated: int
    """Revisions that anybody rated."""
    changed: int
    """Those that anybody corrected."""
    bad: int
    """Those that anybody called not good."""

    @property
    def share(self) -> float:
        """Share of the drafts that were changed."""
        return self.changed / self.rated


def draft_numbers(session: Session, since: int = 0) -> Sequence[DraftNumbers]:
    """Return the numbers of what was rated from `since` on, ms of the wall clock, the most rated first.

    A summary counts once, however many people rate it; what was taken back does not count. At most 20.
    """
    row = SummaryFeedback
    each = (
        select(
            row.model,
            row.prompt,
            func.max(case((row.is_changed, 1), else_=0)).label("changed"),
            func.max(case((row.rating == "bad", 1), else_=0)).label("bad"),
        )
        .where(row.at >= since, row.undone_at.is_(None))
        .group_by(row.incident_id, row.revision, row.model, row.prompt)
        .subquery()
    )
    rated = func.count()
    statement = select(each.c.model, each.c.prompt, rated, func.sum(each.c.changed), func.sum(each.c.bad))
    statement = statement.group_by(each.c.model, each.c.prompt).order_by(rated.desc(), each.c.model, each.c.prompt).limit(_MOST)
    return [DraftNumbers(model, prompt, count, int(changed), int(bad)) for model, prompt, count, changed, bad in session.execute(statement)]
