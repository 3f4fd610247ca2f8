"""Lists of cases that somebody has given a name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ops.cases.errors import Conflict, Invalid, NotFound
from ops.cases.tables import SavedFilter
from ops.cases.upsert import upsert

MOST, LONGEST_NAME, LONGEST_QUERY = 30, 40, 500


def saved_filters(session: Session, owner: str) -> Sequence[SavedFilter]:
    """Return somebody's filters by name."""
    return session.scalars(select(SavedFilter).where(SavedFilter.owner == owner).order_by(SavedFilter.name)).all()


def save_filter(session: Session, owner: str, name: str, query: str, now: int) -> None:
    """Save a list under a name; one of the same name is replaced. Raises `Invalid`, `Conflict`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("name", f"write 1 to {LONGEST_NAME} characters that can be printed")
    if len(query) > LONGEST_QUERY:
        raise Invalid("query", "the list is asked for in too many words")
    others = select(func.count()).select_from(SavedFilter).where(SavedFilter.owner == owner, SavedFilter.name != name)
    if (session.scalar(others) or 0) >= MOST:
        raise Conflict(f"you have {MOST} saved lists: remove one first")
    row = {"owner": owner, "name": name, "query": query, "at": now}
    upsert(session, SavedFilter, [row], ("owner", "name"), ("query", "at"))


def remove_filter(session: Session, owner: str, filter_id: int) -> None:
    """Remove one of somebody's filters. Raises `NotFound`."""
    found = session.execute(delete(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.owner == owner).returning(SavedFilter.id))
    if found.first() is None:
        raise NotFound("you have no such saved list")
