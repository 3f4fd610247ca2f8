"""The second person is one: an admin who makes or takes over a lead's login approves nothing with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from domain.times import DAY_MS
from ops.access.oidc import Identity
from ops.access.oidc_login import log_in_as
from ops.access.roles import COMMAND_LINE
from ops.access.settings import AccessSettings, OidcSettings
from ops.access.users import add_user, set_role
from ops.api.service import Service
from ops.cases.control_changes import ControlDesk
from tests.support.api_calls import PASSWORD, Calls
from tests.support.control_samples import NAMES, PSEUDONYMS

OTHER = "staple and four more words"
ALLOWED = {"list": "allow", "entity": "device:9c41aa00bb11cc22", "reason": "our own test shop"}


class Clock:
    """A clock that is put on by hand, and goes on by 1 ms when it is read."""

    def __init__(self) -> None:
        self.now = 1_790_000_000_000

    def __call__(self) -> int:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calls(people: Service, app: FastAPI, clock: Clock) -> Iterator[Calls]:
    people.clock = people.access.clock = clock
    people.control = ControlDesk(NAMES, PSEUDONYMS, "redis:control")
    with Calls(app) as calls:
        yield calls


def logged_in(calls: Calls, name: str, password: str) -> TestClient:
    client = calls.nobody()
    answer = client.post("/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


def proposed(client: TestClient) -> int:
    answer = client.put("/v1/lists/L1", json=ALLOWED)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["id"])


def approval(client: TestClient, change: int) -> tuple[int, str]:
    answer = client.post(f"/v1/changes/{change}/approve")
    return answer.status_code, answer.json().get("detail", "")


def change(calls: Calls, name: str, **what: Any) -> None:
    assert calls.session("admin").patch(f"/v1/users/{name}", json=what).status_code == 200


def test_a_lead_whom_nobody_changed_lately_approves(calls: Calls) -> None:
    assert approval(calls.session("lead"), proposed(calls.session("admin")))[0] == 200


def test_who_sets_a_leads_password_approves_nothing_with_it(calls: Calls, clock: Clock) -> None:
    number = proposed(calls.session("admin"))
    change(calls, "lead", password=OTHER)
    assert approval(logged_in(calls, "lead", OTHER), number) == (
        403,
        "admin set your password after proposing this: another person approves it",
    )
    clock.now += 40 * DAY_MS
    assert approval(logged_in(calls, "lead", OTHER), number)[0] == 403


def test_a_password_that_was_set_before_the_proposal_waits_24_h_and_is_changed(calls: Calls, clock: Clock) -> None:
    change(calls, "lead", password=OTHER)
    number = proposed(calls.session("admin"))
    status, said = approval(logged_in(calls, "lead", OTHER), number)
    assert (status, said.partition(":")[0]) == (403, "admin set your password less than 24 h ago")
    assert "from 2026-09-22T" in said
    clock.now += DAY_MS
    status, said = approval(logged_in(calls, "lead", OTHER), number)
    assert (status, "is the one that admin gave you" in said) == (403, True)
    body = {"password": OTHER, "new_password": PASSWORD}
    assert logged_in(calls, "lead", OTHER).put("/v1/session/password", json=body).status_code == 204
    assert approval(calls.session("lead"), number)[0] == 200


def test_a_password_changed_at_once_does_not_shorten_the_wait(calls: Calls) -> None:
    """Who took a login over changes its password as its user, too."""
    change(calls, "lead", password=OTHER)
    number = proposed(calls.session("admin"))
    logged_in(calls, "lead", OTHER).put("/v1/session/password", json={"password": OTHER, "new_password": PASSWORD})
    assert approval(calls.session("lead"), number)[0] == 403


def test_a_second_admin_who_is_made_for_it_does_not_help(calls: Calls, clock: Clock) -> None:
    number = proposed(calls.session("admin"))
    new = {"name": "sock", "role": "lead", "password": OTHER}
    assert calls.session("admin").post("/v1/users", json=new).status_code == 201
    assert approval(logged_in(calls, "sock", OTHER), number)[1].startswith("admin added you as a user after proposing this")
    number = proposed(calls.session("admin"))
    assert approval(logged_in(calls, "sock", OTHER), number)[1].startswith("admin added you as a user less than 24 h ago")
    clock.now += DAY_MS
    assert approval(logged_in(calls, "sock", OTHER), number)[1].startswith("your password is the one that admin gave you")


@pytest.mark.parametrize(
    ("before", "then", "status"),
    [
        ({}, {"role": "lead"}, 403),
        ({"role": "admin"}, {"role": "lead"}, 200),
        ({"disabled": True}, {"disabled": False, "role": "lead"}, 403),
    ],
)
def test_who_was_raised_or_let_in_lately_waits(
    calls: Calls, people: Service, clock: Clock, before: dict[str, Any], then: dict[str, Any], status: int
) -> None:
    if before:
        change(calls, "analyst", **before)
    clock.now += 2 * DAY_MS
    change(calls, "analyst", **then)
    clock.now += DAY_MS - 1000
    number = proposed(calls.session("lead"))
    assert approval(calls.session("analyst"), number)[0] == status
    clock.now += 1000
    if status != 200:
        assert approval(calls.session("analyst"), number)[0] == 200


def test_a_user_of_the_command_line_approves_at_once(calls: Calls, people: Service, clock: Clock) -> None:
    number = proposed(calls.session("lead"))
    with people.store.begin() as session:
        hashed = session.execute(__import__("sqlalchemy").text("SELECT password_hash FROM users LIMIT 1")).scalar_one()
        add_user(session, "new", "lead", hashed, COMMAND_LINE, clock.now)
    assert approval(calls.session("new"), number)[0] == 200


def test_who_comes_from_the_openid_provider_approves_at_once(calls: Calls, people: Service, clock: Clock) -> None:
    access = AccessSettings(oidc=OidcSettings(issuer="https://x", client_id="x", roles={"heads": "lead"}))
    new = log_in_as(people.store, access, Identity("https://x 1", "lou", frozenset({"heads"})), None, clock.now)
    client = calls.nobody()
    client.cookies.set("ringwatch_session", new.secret, domain="127.0.0.1")
    client.headers["X-CSRF-Token"] = new.csrf
    assert approval(client, proposed(calls.session("lead")))[0] == 200


def test_a_raise_that_is_no_change_of_an_approver_does_not_count(calls: Calls, people: Service, clock: Clock) -> None:
    number = proposed(calls.session("admin"))
    with people.store.begin() as session:
        from ops.access.users import user_named

        set_role(session, user_named(session, "viewer"), "lead", "admin", clock.now)
    assert approval(calls.session("lead"), number)[0] == 200
