"""Tokens: whose they are, what they may, how they end."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ops.access import token_memory
from ops.api.service import Service
from ops.cases.tables.access import Token
from tests.support.api_calls import Calls


def test_a_token_calls_with_its_role_and_without_csrf(calls: Calls) -> None:
    who = calls.token("lead").get("/v1/session").json()
    assert who == {"name": "lead", "role": "lead", "by": "token", "csrf_token": None}
    assert calls.token("checkout").get("/v1/session").json()["name"] == "test"


def test_a_token_is_stored_as_its_hash_and_shown_once(calls: Calls, people: Service) -> None:
    client = calls.token("lead")
    text = client.headers["Authorization"].removeprefix("Bearer ")
    assert text.startswith("rw_") and len(text) == 46
    with people.store.read() as session:
        row = session.scalars(select(Token)).one()
        assert text not in [str(getattr(row, column.name)) for column in Token.__table__.columns]
    assert text not in client.get("/v1/tokens").text


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [("viewer", "viewer", 201), ("viewer", "analyst", 403), ("lead", "admin", 403), ("lead", "analyst", 201), ("lead", "checkout", 403),
     ("admin", "checkout", 201)],
)  # fmt: skip
def test_nobody_makes_a_token_above_their_role(calls: Calls, who: str, role: str, status: int) -> None:
    assert calls.session(who).post("/v1/tokens", json={"name": "x", "role": role}).status_code == status


def test_a_field_that_is_not_known_is_refused(calls: Calls) -> None:
    """Who asks for a token of another person gets none of their own."""
    admin = calls.session("admin")
    for method, path, body in (
        ("POST", "/v1/tokens", {"name": "x", "role": "viewer", "of": "lead"}),
        ("POST", "/v1/users", {"name": "lou", "role": "viewer", "of": "lead"}),
        ("PATCH", "/v1/users/lead", {"of": "lead"}),
        ("PUT", "/v1/session/password", {"password": "x", "new_password": "x", "of": "lead"}),
        ("POST", "/v1/session", {"name": "lead", "password": "x", "of": "lead"}),
    ):
        answer = admin.request(method, path, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "of"), path


def test_a_token_makes_none_above_itself(calls: Calls) -> None:
    """The token of an admin with the role viewer is a viewer."""
    made = calls.session("admin").post("/v1/tokens", json={"name": "x", "role": "viewer"}).json()
    client = calls.nobody()
    client.headers["Authorization"] = f"Bearer {made['token']}"
    assert client.post("/v1/tokens", json={"name": "y", "role": "admin"}).status_code == 403
    assert client.get("/v1/users").status_code == 403


def test_a_token_is_never_above_its_user(calls: Calls) -> None:
    client = calls.token("lead")
    calls.session("admin").patch("/v1/users/lead", json={"role": "viewer"})
    assert client.get("/v1/session").json()["role"] == "viewer"


def test_a_disabled_users_token_is_none(calls: Calls) -> None:
    client = calls.token("lead")
    calls.session("admin").patch("/v1/users/lead", json={"disabled": True})
    assert client.get("/v1/session").status_code == 401


def test_nobody_sees_or_ends_a_token_of_another(calls: Calls) -> None:
    """Insecure direct reference: the id of another's token is as good as none."""
    victim = calls.token("lead")
    (shown,) = victim.get("/v1/tokens").json()
    for role in ("viewer", "analyst"):
        assert calls.session(role).get("/v1/tokens").json() == []
        assert calls.session(role).delete(f"/v1/tokens/{shown['id']}").status_code == 404
    assert victim.get("/v1/session").status_code == 200
    assert calls.session("admin").delete(f"/v1/tokens/{shown['id']}").status_code == 204
    assert victim.get("/v1/session").status_code == 401


def test_a_token_ends_at_its_time(calls: Calls, people: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_memory, "FRESH_S", 0)
    monkeypatch.setattr(token_memory, "STALE_S", 0)
    made = calls.session("admin").post("/v1/tokens", json={"name": "x", "role": "checkout", "days": 2}).json()
    client, now = calls.nobody(), people.clock()
    client.headers["Authorization"] = f"Bearer {made['token']}"
    people.access.clock = lambda: now + 2 * 86_400_000 - 60_000
    assert client.get("/v1/session").status_code == 200
    people.access.clock = lambda: now + 2 * 86_400_000 + 1
    assert client.get("/v1/session").status_code == 401


def test_when_a_token_was_used_is_shown(calls: Calls) -> None:
    client = calls.token("lead")
    assert client.get("/v1/tokens").json()[0]["last_used_at"] is not None


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer rw_x", "Bearer " + "x" * 20_000, "Basic YTpi", "rw_x", "Bearer \xff"])
def test_what_is_no_token_is_nobody(calls: Calls, header: str) -> None:
    assert calls.nobody().get("/v1/tokens", headers={"Authorization": header.encode("latin-1")}).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 366, 1e9])
def test_no_token_lives_longer_than_the_setting(calls: Calls, days: float) -> None:
    answer = calls.session("admin").post("/v1/tokens", json={"name": "x", "role": "checkout", "days": days})
    assert (answer.status_code, answer.json()["field"]) == (422, "days")
