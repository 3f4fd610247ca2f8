"""What people did on a day, and what reviews and false alarms cost."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.decisions.decision import BLOCK
from ops.cases.tables import CaseRow, VerdictAlert, VerdictRow
from ops.cases.words import LEGITIMATE, VERDICTS
from ops.digest.day import Day
from ops.digest.figures import Prices, Work
from ops.digest.money import Flagged


def work_of(session: Session, day: Day, events: list[Flagged], prices: Prices) -> Work:
    """Return the work of a day; `events` are its flagged ones."""
    given = (VerdictRow.at >= day.start, VerdictRow.at < day.before, VerdictRow.undone_at.is_(None))
    words = dict(session.execute(select(VerdictRow.word, func.count()).where(*given).group_by(VerdictRow.word)).all())
    asked = select(func.count(VerdictAlert.alert_id.distinct())).join(VerdictRow, VerdictRow.id == VerdictAlert.verdict_id)
    reviewed = session.scalar(asked.where(*given)) or 0
    closed = select(func.count()).select_from(CaseRow).where(CaseRow.closed_at >= day.start, CaseRow.closed_at < day.before)
    blocked = [one for one in events if one.decision == BLOCK]
    wrong = sum(one.word == LEGITIMATE for one in blocked)
    is_known = not blocked or any(one.word is not None for one in blocked)
    return Work(
        verdicts={word: words.get(word, 0) for word in VERDICTS},
        reviewed=reviewed,
        review_cost=round(reviewed * prices.review, 4),
        false_blocks=wrong,
        false_block_cost=round(wrong * prices.blocked_good, 4) if is_known else None,
        cases_closed=session.scalar(closed) or 0,
    )
