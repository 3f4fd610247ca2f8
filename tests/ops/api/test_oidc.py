"""Login by a real OpenID provider on this machine, and what it must not let through."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.request import HTTPErrorProcessor, build_opener

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from sqlalchemy import select

from ops.access import oidc as oidc_module
from ops.access.access import Access
from ops.access.oidc import Journey, OidcProvider
from ops.access.settings import AccessSettings, OidcSettings
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.store import Store
from ops.cases.tables.access import User
from tests.support.api_calls import BASE, PASSWORD, Calls
from tests.support.oidc_provider import CLIENT, SECRET, OidcServer

BACK = "/v1/session/oidc/callback"


@pytest.fixture(scope="module")
def running() -> Iterator[OidcServer]:
    with OidcServer() as server:
        yield server


@pytest.fixture
def provider(running: OidcServer, monkeypatch: pytest.MonkeyPatch) -> OidcServer:
    """The provider as a test wants it; the next one has it fresh."""
    for name in ("key", "published", "claims", "sign", "metadata", "asked"):
        value = getattr(running, name)
        monkeypatch.setattr(running, name, value.copy() if isinstance(value, dict | list) else value)
    return running


@pytest.fixture
def service(provider: OidcServer, sqlite_store: Store) -> Service:
    oidc = OidcSettings(provider.issuer, CLIENT, roles={"fraud-team": "analyst", "heads": "lead"})
    settings = ServiceSettings(access=AccessSettings(oidc=oidc))
    return Service(settings, sqlite_store, Access(sqlite_store, settings.access), oidc=OidcProvider(oidc, SECRET, BASE + BACK))


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


class _Stay(HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:
        return response


def come_back(browser: TestClient, **query: str) -> str:
    """Begin a login, let the provider say yes, and return where it sends the browser."""
    there = browser.get("/v1/session/oidc", params=query)
    assert there.status_code == 303
    with build_opener(_Stay).open(there.headers["location"]) as answer:
        return str(answer.headers["Location"]).removeprefix(BASE)


def log_in(browser: TestClient) -> int:
    return browser.get(come_back(browser)).status_code


def users(service: Service) -> list[tuple[str, str]]:
    with service.store.read() as session:
        return [(user.name, user.role) for user in session.scalars(select(User).order_by(User.id))]


def test_somebody_with_a_role_gets_a_session(browser: TestClient, service: Service) -> None:
    answer = browser.get(come_back(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    who = browser.get("/v1/session").json()
    assert (who["name"], who["role"], who["by"]) == ("anna", "analyst", "session")
    assert "ringwatch_login" not in browser.cookies
    assert users(service) == [("anna", "analyst")]


@pytest.mark.parametrize(
    ("wanted", "to"),
    [("/incidents/inc-1?cursor=a.b&c=%20d#alerts", "/incidents/inc-1?cursor=a.b&c=%20d#alerts"), ("/überblick", "/%C3%BCberblick"),
     ("//evil.example", "/"), ("https://evil.example/", "/"), ("/\\evil.example", "/"), ("/x\r\nSet-Cookie: a=b", "/"), ("", "/"),
     ("/" + "é" * 1000, "/"), ("/" + "a" * 3000, "/" + "a" * 3000)],
)  # fmt: skip
def test_a_browser_goes_where_it_wanted_to_and_to_no_other_service(browser: TestClient, provider: OidcServer, wanted: str, to: str) -> None:
    assert browser.get(come_back(browser, next=wanted)).headers["location"] == to


def test_a_cookie_that_somebody_else_has_set_leads_to_no_other_service(browser: TestClient, provider: OidcServer) -> None:
    back = come_back(browser)
    cookie = browser.cookies["ringwatch_login"]
    browser.cookies.clear()
    browser.cookies.set("ringwatch_login", cookie[: -len("%2F")] + "%2F%2Fevil.example", domain="127.0.0.1")
    assert browser.get(back).headers["location"] == "/"


def test_the_role_follows_the_claims_and_the_highest_wins(browser: TestClient, service: Service, provider: OidcServer) -> None:
    log_in(browser)
    provider.claims["groups"] = ["fraud-team", "heads", "others"]
    log_in(browser)
    assert users(service) == [("anna", "lead")]


@pytest.mark.parametrize("groups", [[], "others", None, ["Fraud-Team"], [["fraud-team"]], {"fraud-team": 1}])
def test_nobody_comes_in_without_a_role(browser: TestClient, service: Service, provider: OidcServer, groups: object) -> None:
    provider.claims["groups"] = groups
    assert log_in(browser) == 401
    assert users(service) == []


def test_who_lost_the_role_is_out(browser: TestClient, app: FastAPI, provider: OidcServer) -> None:
    log_in(browser)
    provider.claims["groups"] = []
    other = TestClient(app, base_url=BASE, follow_redirects=False)
    assert log_in(other) == 401
    assert browser.get("/v1/session").status_code == 401


def test_a_disabled_user_stays_out(browser: TestClient, service: Service) -> None:
    log_in(browser)
    with service.store.begin() as session:
        session.scalars(select(User)).one().disabled_at = 1
    assert log_in(browser) == 401


def test_nobody_gets_a_local_users_account_by_its_name(people: Service, browser: TestClient, provider: OidcServer) -> None:
    provider.claims["preferred_username"] = "admin"
    log_in(browser)
    who = browser.get("/v1/session").json()
    assert who["role"] == "analyst" and who["name"].startswith("admin-")


def test_two_issuers_subjects_are_two_people(browser: TestClient, service: Service, provider: OidcServer) -> None:
    log_in(browser)
    provider.claims["sub"] = "u-2"
    log_in(browser)
    assert len(users(service)) == 2


NOW = int(time.time())
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "audience": {"aud": "another-service"},
    "two audiences without a party": {"aud": [CLIENT, "another"]},
    "party": {"aud": [CLIENT, "another"], "azp": "another"},
    "expired": {"exp": NOW - 600},
    "no end": {"exp": None},
    "from the future": {"iat": NOW + 86_400},
    "not yet": {"nbf": NOW + 86_400},
    "nonce": {"nonce": "of another login"},
    "no nonce": {"nonce": ""},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("wrong", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
def test_an_id_token_with_a_wrong_claim_is_refused(
    browser: TestClient, service: Service, provider: OidcServer, wrong: dict[str, Any]
) -> None:
    provider.claims.update(wrong)
    assert log_in(browser) == 401
    assert users(service) == []
    assert browser.get("/v1/session").status_code == 401


@pytest.mark.parametrize("way", ["unsigned", "signed_with_the_public_key", "signed_by_another", "signed_by_the_key_in_the_header"])
def test_an_id_token_with_a_wrong_signature_is_refused(browser: TestClient, service: Service, provider: OidcServer, way: str) -> None:
    provider.sign = getattr(provider, way)
    assert log_in(browser) == 401
    assert users(service) == []


@pytest.mark.parametrize("text", ["", "no.token", "a.b.c", "x" * 10_000])
def test_what_is_no_id_token_is_refused(browser: TestClient, provider: OidcServer, text: str) -> None:
    provider.sign = lambda _: text
    assert log_in(browser) == 401


def test_the_providers_new_keys_are_taken(browser: TestClient, provider: OidcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(browser)
    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    provider.published = [provider.key]
    assert log_in(browser) == 401, "keys are not asked for again within seconds"
    monkeypatch.setattr(oidc_module, "_KEYS_AGAIN_S", 0.0)
    assert log_in(browser) == 303


def test_metadata_and_keys_are_asked_for_once(browser: TestClient, provider: OidcServer) -> None:
    for _ in range(3):
        log_in(browser)
    assert (provider.asked.count("/.well-known/openid-configuration"), provider.asked.count("/keys")) == (1, 1)


@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": None},
                 {"authorization_endpoint": "javascript:alert(1)"}],
)  # fmt: skip
def test_a_provider_that_names_others_is_refused(browser: TestClient, provider: OidcServer, metadata: dict[str, Any]) -> None:
    provider.metadata.update(metadata)
    assert browser.get("/v1/session/oidc").status_code == 401


def test_a_provider_that_is_away_is_said(browser: TestClient, service: Service) -> None:
    oidc = OidcSettings("http://127.0.0.1:9", CLIENT, roles={"a": "viewer"})
    service.oidc = OidcProvider(oidc, SECRET, BASE + BACK)
    answer = browser.get("/v1/session/oidc")
    assert answer.status_code == 401 and "does not answer" in answer.json()["detail"]


# --- the way back
# ----------------------------------------------------------------------------------------------------


def test_a_code_of_anothers_login_begins_no_session(browser: TestClient, app: FastAPI) -> None:
    """Login CSRF: an attacker sends a victim the address to which their own login came back."""
    attacker = TestClient(app, base_url=BASE, follow_redirects=False)
    theirs = come_back(attacker)
    assert browser.get(theirs).status_code == 401
    come_back(browser)
    assert browser.get(theirs).status_code == 401
    assert browser.get("/v1/session").status_code == 401


def test_a_code_counts_once(browser: TestClient) -> None:
    back = come_back(browser)
    kept = browser.cookies["ringwatch_login"]
    assert browser.get(back).status_code == 303
    browser.cookies.set("ringwatch_login", kept, domain="127.0.0.1")
    assert browser.get(back).status_code == 401


def test_a_stolen_code_is_of_no_use_without_the_verifier(browser: TestClient) -> None:
    back = come_back(browser)
    mine = Journey.of(browser.cookies["ringwatch_login"])
    browser.cookies.set("ringwatch_login", str(Journey(mine.state, mine.nonce, "another", "/")), domain="127.0.0.1")
    answer = browser.get(back)
    assert answer.status_code == 401 and "secret words" not in answer.text


@pytest.mark.parametrize("change", ["iss=https%3A%2F%2Fevil.example", "error=access_denied", "state=other", "code=other"])
def test_a_changed_way_back_is_refused(browser: TestClient, change: str) -> None:
    name = change.partition("=")[0]
    others = "&".join(one for one in come_back(browser).partition("?")[2].split("&") if not one.startswith(f"{name}="))
    assert browser.get(f"/v1/session/oidc/callback?{others}&{change}").status_code == 401


@pytest.mark.parametrize("change", ["iss=https%3A%2F%2Fevil.example", "state=other", "code=other"])
def test_a_way_back_with_a_parameter_twice_is_refused(browser: TestClient, change: str) -> None:
    assert browser.get(f"{come_back(browser)}&{change}").status_code == 422


def test_a_way_back_may_have_parameters_of_the_provider(browser: TestClient) -> None:
    assert browser.get(f"{come_back(browser)}&session_state=x").status_code == 303


def test_a_login_at_the_provider_takes_no_planted_session(browser: TestClient, app: FastAPI) -> None:
    browser.cookies.set("ringwatch_session", "planted", domain="127.0.0.1")
    assert log_in(browser) == 303
    attacker = TestClient(app, base_url=BASE, cookies={"ringwatch_session": "planted"})
    assert attacker.get("/v1/session").status_code == 401
    assert browser.get("/v1/session").status_code == 200


def test_a_user_of_the_provider_has_no_password(browser: TestClient, app: FastAPI) -> None:
    log_in(browser)
    assert Calls(app).nobody().post("/v1/session", json={"name": "anna", "password": PASSWORD}).status_code == 401
    assert Calls(app).nobody().post("/v1/session", json={"name": "anna", "password": ""}).status_code == 401


def test_without_a_provider_there_is_no_such_login(people: Service, browser: TestClient) -> None:
    people.oidc = None
    assert browser.get("/v1/session/oidc").status_code == 404
