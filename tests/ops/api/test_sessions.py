"""Sessions: login, fixation, CSRF, expiry, logout, and what ends them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from ops.access.login import LoginRefused
from ops.api.routes import session
from ops.api.service import Service
from ops.cases.tables.access import SessionRow
from tests.support.api_calls import BASE, PASSWORD, Calls

HOUR_MS = 3_600_000
COOKIE = "ringwatch_session"


def login(client: TestClient, name: str = "analyst", password: str = PASSWORD, **headers: str) -> int:
    return client.post("/v1/session", json={"name": name, "password": password}, headers=headers).status_code


def test_a_service_without_users_belongs_to_whoever_is_on_the_machine(client: TestClient) -> None:
    assert client.get("/v1/session").json() == {"name": "local", "role": "admin", "by": "local", "csrf_token": None}


def test_with_users_nobody_calls_without_a_name(calls: Calls) -> None:
    answer = calls.nobody().get("/v1/session")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_the_first_user_closes_a_service_that_runs(client: TestClient) -> None:
    assert client.post("/v1/users", json={"name": "eve", "role": "viewer", "password": PASSWORD}).status_code == 409
    assert client.post("/v1/users", json={"name": "ada", "role": "admin", "password": PASSWORD}).status_code == 201
    client.app.state.service.access._looked_at = float("-inf")  # type: ignore[attr-defined] # a second later
    assert client.get("/v1/users").status_code == 401


def test_logins_take_no_thread_of_other_routes(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty of them took every thread there is, and what needs one waited for all their hashes."""
    begun, over = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        over.wait(60)
        raise LoginRefused("name or password is wrong")

    monkeypatch.setattr(session, "log_in", slow)
    with ThreadPoolExecutor(61) as pool:
        wrong = [pool.submit(login, client) for _ in range(60)]
        assert begun.wait(60)
        time.sleep(0.5)  # so that all have come
        try:
            assert pool.submit(client.get, "/readyz").result(20).status_code == 200
        finally:
            over.set()
        assert {one.result() for one in wrong} == {401}


def test_a_session_says_who_it_is_of(calls: Calls) -> None:
    who = calls.session("lead").get("/v1/session").json()
    assert (who["name"], who["role"], who["by"]) == ("lead", "lead", "session")


@pytest.mark.parametrize(
    ("name", "password"), [("analyst", "wrong"), ("nobody", PASSWORD), ("analyst", ""), ("", PASSWORD), ("ANALYST ", "x")]
)
def test_a_wrong_login_does_not_say_what_is_wrong(calls: Calls, name: str, password: str) -> None:
    answer = calls.nobody().post("/v1/session", json={"name": name, "password": password})
    assert (answer.status_code, answer.json()["detail"]) == (401, "name or password is wrong")
    assert COOKIE not in answer.cookies


def test_the_cookie_is_for_this_service_only(calls: Calls, people: Service) -> None:
    cookie = calls.nobody().post("/v1/session", json={"name": "lead", "password": PASSWORD}).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=") and {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie and "Secure" not in cookie


def test_a_login_takes_no_session_that_somebody_set_before(calls: Calls) -> None:
    """Session fixation: an attacker who plants a cookie does not get into the session that begins."""
    victim = calls.nobody()
    victim.cookies.set(COOKIE, "planted-by-an-attacker", domain="127.0.0.1")
    login(victim)
    attacker = calls.nobody()
    attacker.cookies.set(COOKIE, "planted-by-an-attacker", domain="127.0.0.1")
    assert victim.get("/v1/session").status_code == 200
    assert attacker.get("/v1/session").status_code == 401


def test_a_second_login_ends_the_session_of_the_first(calls: Calls) -> None:
    browser = calls.session("analyst")
    before = browser.cookies[COOKIE]
    assert login(browser) == 200
    assert browser.cookies[COOKIE] != before
    old = calls.nobody()
    old.cookies.set(COOKIE, before, domain="127.0.0.1")
    assert old.get("/v1/session").status_code == 401


def test_the_store_does_not_know_what_the_cookie_holds(calls: Calls, people: Service) -> None:
    secret = calls.session("analyst").cookies[COOKIE]
    with people.store.read() as session:
        assert secret not in [row.id_hash for row in session.query(SessionRow)]


def test_logout_ends_the_session(calls: Calls) -> None:
    browser = calls.session("analyst")
    kept = dict(browser.cookies)
    assert browser.delete("/v1/session").status_code == 204
    assert COOKIE not in browser.cookies
    old = calls.nobody()
    old.cookies.update(kept)
    assert old.get("/v1/session").status_code == 401


@pytest.mark.parametrize(("wait_ms", "status"), [(29 * 60_000, 200), (30 * 60_000, 401)])
def test_a_session_that_is_not_used_ends(calls: Calls, people: Service, wait_ms: int, status: int) -> None:
    browser, now = calls.session("analyst"), people.clock()
    people.access.clock = lambda: now + wait_ms
    assert browser.get("/v1/session").status_code == status


def test_a_session_that_is_used_ends_all_the_same(calls: Calls, people: Service) -> None:
    browser, begun = calls.session("analyst"), people.clock()
    for used in range(20 * 60_000, 12 * HOUR_MS, 20 * 60_000):
        people.access.clock = lambda used=used: begun + used  # type: ignore[misc]
        assert browser.get("/v1/session").status_code == 200
    people.access.clock = lambda: begun + 12 * HOUR_MS
    assert browser.get("/v1/session").status_code == 401


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"password": "another long password"}, {"disabled": True}])
def test_what_is_changed_of_a_user_ends_all_sessions(calls: Calls, change: dict[str, object]) -> None:
    browsers, other = [calls.session("analyst"), calls.session("analyst")], calls.session("viewer")
    assert calls.session("admin").patch("/v1/users/analyst", json=change).status_code == 200
    assert [browser.get("/v1/session").status_code for browser in browsers] == [401, 401]
    assert other.get("/v1/session").status_code == 200


def test_ones_own_password_needs_that_of_today(calls: Calls) -> None:
    browser = calls.session("analyst")
    change = {"password": "not that one", "new_password": "another long password"}
    assert browser.put("/v1/session/password", json=change).status_code == 403
    assert browser.put("/v1/session/password", json={**change, "password": PASSWORD}).status_code == 204
    assert login(calls.nobody()) == 401
    assert login(calls.nobody(), password="another long password") == 200


# --- changes by a page of another origin
# ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, "", "0" * 64, "ä"])
def test_a_change_needs_the_sessions_csrf_token(calls: Calls, given: str | None) -> None:
    browser = calls.session("admin")
    del browser.headers["X-CSRF-Token"]
    headers = {"X-CSRF-Token": given.encode()} if given is not None else {}
    assert browser.post("/v1/tokens", json={"name": "x", "role": "viewer"}, headers=headers).status_code == 403
    assert browser.get("/v1/tokens").json() == []


def test_the_csrf_token_of_another_session_does_not_count(calls: Calls) -> None:
    browser, other = calls.session("admin"), calls.session("admin")
    browser.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"]
    assert browser.post("/v1/tokens", json={"name": "x", "role": "viewer"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:8081"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Origin": f"{BASE}.evil.example"},
    ],
)  # fmt: skip
def test_a_page_of_another_origin_changes_nothing(calls: Calls, client: TestClient, headers: dict[str, str]) -> None:
    assert calls.session("admin").post("/v1/tokens", json={"name": "x", "role": "viewer"}, headers=headers).status_code == 403
    assert login(calls.nobody(), "admin", PASSWORD, **headers) == 403


def test_without_users_another_origins_page_changes_nothing_either(client: TestClient) -> None:
    new = {"name": "eve", "role": "admin", "password": PASSWORD}
    assert client.post("/v1/users", json=new, headers={"Origin": "https://evil.example"}).status_code == 403
    # what a form can send without asking first
    assert client.post("/v1/users", content='{"name": "eve"}', headers={"Content-Type": "text/plain"}).status_code == 422


def test_our_own_pages_may_change(calls: Calls) -> None:
    headers = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    assert calls.session("admin").post("/v1/tokens", json={"name": "x", "role": "viewer"}, headers=headers).status_code == 201
