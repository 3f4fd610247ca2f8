"""Who may work on cases."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ops.access.roles import Role, at_least
from ops.access.users import users


def people_of(session: Session) -> list[str]:
    """Return the names of those who may be given a case; none where the service has no users."""
    return [user.name for user in users(session) if user.disabled_at is None and Role(user.role) in at_least(Role.ANALYST)]
