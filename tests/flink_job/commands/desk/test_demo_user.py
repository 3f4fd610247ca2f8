"""The users of a desk: a new password each time, and two people."""

from __future__ import annotations

import re

from flink_job.commands.desk.demo_user import NAME, SECOND, add_demo_users, new_password
from ops.access.passwords import verified
from ops.access.users import user_named
from ops.cases.store import Store


def test_a_password_is_new_and_easy_to_type() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"(?:[abcdefghjkmnpqrstuvwxyz2-9]{4}-){3}[abcdefghjkmnpqrstuvwxyz2-9]{4}", one) for one in made)


def test_one_may_do_everything_and_the_other_approves(store: Store) -> None:
    password = new_password()
    add_demo_users(store, password)
    with store.read() as session:
        users = [user_named(session, name) for name in (NAME, SECOND)]
        assert [user.role for user in users] == ["admin", "lead"]
        assert all(verified(user.password_hash, password) for user in users)
        assert users[0].password_hash != users[1].password_hash
