"""The users of a desk, whose password nobody else has: one who works, and a second person who approves."""

from __future__ import annotations

import secrets

from domain.times import now_ms
from ops.access.passwords import new_password_hash
from ops.access.roles import COMMAND_LINE
from ops.access.users import add_user
from ops.cases.store import Store

NAME, SECOND = "demo", "second"
_ROLES = {NAME: "admin", SECOND: "lead"}
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another one
_GROUPS, _LENGTH = 4, 4


def new_password() -> str:
    """Return a password of 79 bits that is easy to type, such as `k7mp-x2wd-9ahr-tq4e`."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_GROUPS))


def add_demo_users(store: Store, password: str) -> None:
    """Add the users to a store, before the service listens: one password, and a hash of it for each."""
    hashes = {name: new_password_hash(password, name) for name in _ROLES}
    with store.begin() as session:
        for name, role in _ROLES.items():
            add_user(session, name, role, hashes[name], COMMAND_LINE, now_ms())
