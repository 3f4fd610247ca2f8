"""Every route refuses what could be read in two ways, and says what is wanted in words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from httpx2 import Response

from ops.api.app import ROUTERS, create_app
from ops.api.field_faults import patterns
from ops.api.rights import GuardedRoute
from tests.support.api_desk import Desk

JSON = {"Content-Type": "application/json"}
BY_HAND = {("POST", "/"), ("POST", "/v1/score"), ("POST", "/v1/events"), ("POST", "/v1/labels")}
"""Routes that read their bodies themselves."""
WITH_BODY = sorted(
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, GuardedRoute) and route.body_field is not None
    for method in route.methods or ()
)
OF_API = {(method, route.path) for router in ROUTERS for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
"""Routes that are no pages."""
COMMENT = "/v1/cases/case-1/comments"


def sent(desk: Desk, body: str | bytes, path: str = COMMENT, method: str = "POST", **headers: str) -> Response:
    content = body.encode() if isinstance(body, str) else body
    headers = {"Authorization": "Bearer ada", **(headers or JSON)}
    return desk.client.request(method, re.sub(r"\{\w+\}", "1", path), content=content, headers=headers)


def said(answer: Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["field"], answer.json()["detail"]


def test_all_routes_that_take_a_body_are_here() -> None:
    assert {one for one in OF_API if one[0] in ("POST", "PUT", "PATCH")} - set(WITH_BODY) - BY_HAND == {
        ("POST", "/v1/cases/next"), ("POST", "/v1/cases/{case_id}/claim"), ("POST", "/v1/cases/{case_id}/release"),
        ("POST", "/v1/changes/{change_id}/approve"), ("POST", "/v1/incidents/{incident_id}/summary-feedback/{feedback_id}/undo"),
    }  # fmt: skip


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_a_body_that_can_be_read_in_two_ways_is_refused_everywhere(quick_desk: Desk, method: str, path: str) -> None:
    twice = sent(quick_desk, '{"reason": "x", "reason": "y"}', path, method)
    assert said(twice) == (422, "body", "body: reason appears twice in an object; send it once")
    inner = sent(quick_desk, '{"cases": [{"id": "x", "id": "y"}]}', path, method)
    assert said(inner) == (422, "body", "body: id appears twice in an object; send it once")
    for text, what in (("\\u0000", "a null character"), ("\\ud800", "half a surrogate pair")):
        answer = sent(quick_desk, f'{{"reason": ["f{text}"]}}', path, method)
        assert said(answer) == (422, "reason.0", f"reason.0: it holds {what}; leave it out")
        assert sent(quick_desk, f'{{"{text}": 1}}', path, method).json()["detail"].startswith("body: it holds")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("[" * 10_000, "it nests deeper than 32 levels"),
        ("[" * 10_000 + "]" * 10_000, "it nests deeper than 32 levels"),
        ('{"a":' * 40 + "1" + "}" * 40, "it nests deeper than 32 levels"),
        ('{"text": "x"', "it is no JSON from line 1, column 13 on"),
        ('{"text":\n x}', "it is no JSON from line 2, column 2 on"),
        ('{"text": NaN}', "a number has too many digits, or is none that JSON has"),
        ('{"text": ' + "9" * 5000 + "}", "a number has too many digits, or is none that JSON has"),
        (b'{"text": "\xff"}', "it is no UTF-8; send JSON in UTF-8"),
        ("[]", "an object is wanted"),
        ("null", "an object is wanted"),
    ],
)
def test_a_body_that_cannot_be_read_says_why(quick_desk: Desk, body: str | bytes, detail: str) -> None:
    assert said(sent(quick_desk, body)) == (422, "body", f"body: {detail}")


def test_a_body_names_its_type(quick_desk: Desk) -> None:
    wanted = (422, "body", "body: send it as JSON, with the header Content-Type: application/json")
    for kind in ("application/x-www-form-urlencoded", "text/plain", "application/jsonp", ""):
        assert said(sent(quick_desk, '{"text": "x"}', **{"Content-Type": kind})) == wanted, kind
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"):
        assert sent(quick_desk, '{"text": "x"}', **{"Content-Type": kind}).status_code == 404, kind
    assert sent(quick_desk, b'\xef\xbb\xbf{"text": "x"}').status_code == 404


READ = sorted({route for route in OF_API if route[1] not in ("/", "/v1/session/oidc/callback")})


@pytest.mark.parametrize(("method", "path"), READ)
def test_a_query_is_what_the_route_takes_once(quick_desk: Desk, method: str, path: str) -> None:
    answer = sent(quick_desk, "{}", f"{path}?foo=1", method)
    assert (answer.status_code, answer.json()["field"]) == (422, "foo")
    assert "foo: this path has no such parameter; it takes" in answer.json()["detail"]


def test_a_parameter_is_sent_once_and_holds_text(quick_desk: Desk) -> None:
    for path in ("/v1/alerts?limit=1&limit=2", "/v1/alerts?limit=1&limit=1", "/v1/session/oidc/callback?code=1&code=2"):
        assert "it is there more than once" in quick_desk.call("ada", "GET", path).json()["detail"], path
    assert "limit" in quick_desk.call("ada", "GET", "/v1/alerts?foo=1").json()["detail"]
    assert quick_desk.call("ada", "GET", "/v1/incidents?text=f%00").json()["detail"] == "text: it holds a null character; leave it out"
    assert quick_desk.call("shop", "POST", "/v1/score?foo=1", {}).json()["detail"].endswith("it takes deadline_ms")
    assert quick_desk.call("shop", "POST", "/v1/score?deadline_ms=50&deadline_ms=60", {}).json()["field"] == "deadline_ms"
    foreign = quick_desk.client.get("/v1/session/oidc/callback?session_state=x&state=x&code=x")
    assert foreign.status_code == 404, "an OpenID provider adds parameters of its own"


def test_a_name_that_may_be_anybodys_is_not_repeated(quick_desk: Desk) -> None:
    for path in ("/v1/alerts?eve@example.com=1", "/v1/alerts?cursor=x&49123456789=1"):
        assert quick_desk.call("ada", "GET", path).json()["field"] == "a field"
    twice = sent(quick_desk, '{"eve@example.com": 1, "eve@example.com": 2}').text
    assert "a field appears twice" in twice and "eve" not in twice


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/v1/cases/case-1/assign", {"owner": "a b"}, "owner: only letters A to Z, digits and . _ @ + - are taken"),
        ("/v1/cases/case-1/assign", {}, "owner: it is missing"),
        ("/v1/cases/case-1/assign", {"owner": "a", "x": 1}, "x: there is no such field here; leave it out"),
        ("/v1/cases/case-1/assign", {"owner": 1}, "owner: a text is wanted"),
        ("/v1/cases/case-1/assign", {"owner": "a" * 65}, "owner: it is too long; its greatest length is 64"),
        ("/v1/cases/case-1/due", {"due_at": "soon"}, "due_at: a whole number is wanted"),
        ("/v1/cases/case-1/due", {"due_at": -1}, "due_at: at least 0 is wanted"),
        ("/v1/cases/case-1/status", {"status": "x", "reason": "x"}, "status: one of 'open' or 'closed' is wanted"),
        ("/v1/cases/bulk", {"action": "close", "reason": "x", "cases": []}, "cases: it is too short; its least length is 1"),
        ("/v1/cases/bulk", {"action": "close", "reason": "x", "cases": [1]}, "cases.0: an object is wanted"),
        (COMMENT, {"text": "so\u202eon"}, "text: it holds U+202E (right-to-left override), which cannot be printed; leave it out"),
        (COMMENT, {"text": "a\x07b"}, "text: it holds U+0007 (a control character), which cannot be printed; leave it out"),
        ("/v1/cases/case-1/reopen", {"reason": "a\nb"}, "reason: it holds U+000A (a line break), which cannot be printed; leave it out"),
    ],
)  # fmt: skip
def test_a_field_that_is_wrong_says_what_is_wanted(quick_desk: Desk, path: str, body: dict[str, Any], detail: str) -> None:
    assert quick_desk.call("ada", "POST", path, body).json()["detail"] == detail


@pytest.mark.parametrize("expiry", [[], 1.5, True, {"at": 1}, "2" * 41])
def test_a_field_of_several_kinds_is_named_as_it_is_sent(quick_desk: Desk, expiry: Any) -> None:
    body = {"list": "block", "entity": "device:9c41aa00bb11cc22", "reason": "x", "expires_at": expiry}
    answer = quick_desk.call("lea", "PUT", "/v1/lists/L1", body)
    assert said(answer)[1:] == ("expires_at", 'expires_at: a time such as "2026-12-31T00:00:00Z", ms since 1970, or null is wanted')


def test_no_pattern_is_shown(quick_desk: Desk) -> None:
    answer = quick_desk.call("ada", "GET", "/v1/cases/a b")
    assert answer.json()["detail"] == "case_id: only letters A to Z, digits and . _ - are taken"


def test_every_pattern_of_the_api_has_a_sentence(quick_desk: Desk) -> None:
    found: set[str] = set()
    left: list[Any] = [create_app(quick_desk.service).openapi()]
    while left:
        one = left.pop()
        if isinstance(one, dict) and one.get("type") == "string" and "pattern" in one:
            found.add(one["pattern"])
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    assert found and found <= patterns(), found - patterns()


def test_a_raw_value_that_is_no_text_is_looked_up_nowhere(quick_desk: Desk) -> None:
    answer = quick_desk.call("anna", "POST", "/v1/entities/look-up", {"kind": "device", "value": "f\0"})
    assert said(answer) == (422, "value", "value: it holds a null character; leave it out")
