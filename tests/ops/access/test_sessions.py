"""Sessions of one person: how many there are at once."""

from __future__ import annotations

from sqlalchemy import select

from ops.access.sessions import MOST, begin_session, caller_by_session
from ops.access.settings import AccessSettings
from ops.access.users import add_user
from ops.cases.store import Store
from ops.cases.tables.access import User
from tests.support.case_samples import NOW

SETTINGS = AccessSettings()


def test_one_more_session_ends_the_one_that_was_not_used_for_longest(store: Store) -> None:
    secrets = []
    with store.begin() as session:
        add_user(session, "anna", "viewer", "no hash", "test", NOW)
    for number in range(MOST + 1):
        if number == MOST:
            caller_by_session(store, secrets[0], SETTINGS, NOW + 70_000)  # the first one is used
        with store.begin() as session:
            [anna] = session.scalars(select(User))
            secrets.append(begin_session(session, anna, SETTINGS, NOW + number).secret)
    ended = [number for number, secret in enumerate(secrets) if caller_by_session(store, secret, SETTINGS, NOW + 70_000) is None]
    assert (MOST, ended) == (20, [1])  # docs/service.md names the 20
