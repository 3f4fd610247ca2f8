"""What every page keeps to: who may, the form's CSRF token, errors as pages, the way to the sign-in."""

from __future__ import annotations

import pytest

from ops.api.security import HEADERS
from ops.cases.store import Store
from ops.desk.forms import MOST_BYTES, masked, unmasked
from tests.support.api_calls import PASSWORD
from tests.support.desk_calls import Pages, plain


def test_without_a_login_a_page_sends_to_the_sign_in_and_back(quick_pages: Pages) -> None:
    visitor = quick_pages.nobody()
    answer = visitor.client.get("/?severity=high&sort=due")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Fseverity%3Dhigh%26sort%3Ddue")
    assert 'name="next" value="/?severity=high&amp;sort=due"' in visitor.get(answer.headers["location"])
    assert visitor.act("/sign-in", name="lead", password=PASSWORD, next="/?severity=high&sort=due") == "/?severity=high&sort=due"
    assert visitor.get("/?severity=high&sort=due")


def test_an_act_without_a_login_leads_to_the_queue_afterwards(quick_pages: Pages) -> None:
    assert quick_pages.nobody().act("/me/tokens", csrf="", name="x") == "/sign-in?next=%2F"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/\t/evil.example", "javascript:alert(1)", "/ /x", ""],
)
def test_the_way_back_leads_to_no_other_service(quick_pages: Pages, elsewhere: str) -> None:
    visitor = quick_pages.nobody()
    assert visitor.act("/sign-in", name="viewer", password=PASSWORD, next=elsewhere) == "/"
    assert visitor.act("/sign-out") == "/sign-in?why=out"


@pytest.mark.parametrize("csrf", ["", "00" * 64, "x", "ab"])
def test_a_form_without_the_token_of_its_session_changes_nothing(quick_pages: Pages, csrf: str) -> None:
    visitor = quick_pages.visitor("lead")
    answer = visitor.post("/me/tokens", csrf=csrf, name="x", role="lead")
    assert answer.status_code == 403 and "this form is of another session" in plain(answer.text).lower()
    assert "You have none." in plain(visitor.get("/me"))


def test_the_token_of_another_session_is_none(quick_pages: Pages) -> None:
    ours, theirs = quick_pages.visitor("lead"), quick_pages.visitor("lead")
    theirs.post("/me/tokens", name="x", role="lead")
    assert ours.post("/me/tokens", csrf=theirs.csrf, name="y", role="lead").status_code == 403


def test_a_page_of_another_origin_can_send_no_form(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("lead")
    visitor.client.headers["Origin"] = "https://evil.example"
    assert visitor.post("/me/tokens", name="x", role="lead").status_code == 403
    assert visitor.post("/sign-in", name="lead", password=PASSWORD).status_code == 403


def test_a_token_is_shown_in_another_way_each_time() -> None:
    token = "5a" * 32
    shown = {masked(token) for _ in range(50)}
    assert len(shown) == 50 and {unmasked(one) for one in shown} == {token}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothing-here", 404, "There is nothing here"),
        ("/?severity=awful", 422, "severity: one of"),
        ("/?what=x", 422, "this path has no such parameter"),
        ("/?q=a&q=b", 422, "it is there more than once"),
        ("/?cursor=x", 422, "it is not of this list and order"),
        ("/static/0000000000000000/none.js", 404, "There is nothing here"),
    ],
)
def test_an_error_is_a_page_with_the_way_on(quick_pages: Pages, path: str, status: int, said: str) -> None:
    page = quick_pages.visitor("viewer").get(path, status)
    assert said.lower() in plain(page).lower() and '<a class="button first" href="/">Back to the queue</a>' in page


def test_a_program_gets_a_problem_where_there_is_no_path(quick_pages: Pages) -> None:
    answer = quick_pages.nobody().client.get("/nothing", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert quick_pages.nobody().client.get("/v1/nothing").headers["content-type"] == "application/problem+json"


def test_a_store_that_is_away_is_a_page(quick_pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.cases.errors import StoreError

    visitor = quick_pages.visitor("viewer")

    def away(*_: object, **__: object) -> None:
        raise StoreError("postgresql://secret-host is away")

    monkeypatch.setattr("ops.desk.pages.queue.queue_groups", away)
    answer = visitor.client.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "secret-host" not in answer.text and '<a class="button first" href="/">Try again</a>' in answer.text


def test_what_fails_is_a_page_that_names_the_request_only(quick_pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = quick_pages.visitor("viewer")
    monkeypatch.setattr("ops.desk.pages.queue.queue_groups", lambda *_: 1 / 0)
    answer = visitor.client.get("/")
    assert answer.status_code == 500 and answer.headers["x-request-id"] in answer.text and "division" not in answer.text


def test_a_form_is_bounded(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("lead")
    assert visitor.post("/me/tokens", name="x" * MOST_BYTES).status_code == 413
    assert visitor.client.post("/me/tokens", content=b"&".join(b"a%d=1" % n for n in range(1001)), headers=FORM).status_code == 422
    assert visitor.client.post("/me/tokens", json={"name": "x"}).status_code == 422
    assert visitor.client.post("/me/tokens", content=b"name=%ff", headers=FORM).status_code == 422


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_pages_are_kept_nowhere_and_carry_the_headers(quick_pages: Pages) -> None:
    answer = quick_pages.visitor("viewer").client.get("/")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["vary"] == "Accept-Encoding"
    plain_one = quick_pages.visitor("viewer").client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain_one.headers


def test_static_files_are_kept_for_a_year_under_the_address_of_their_version(quick_pages: Pages) -> None:
    from ops.desk.static_files import address_of, static_files

    client = quick_pages.nobody().client
    for name, file in static_files().items():
        answer = client.get(address_of(name))
        assert answer.content == file.content and answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == file.kind
        assert client.get(address_of(name), headers={"Accept-Encoding": "identity"}).content == file.content
    other = client.get("/static/0123456789abcdef/desk.css")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-store")


def test_nothing_in_a_page_is_inline_or_from_elsewhere(pages: Pages) -> None:
    visitor = pages.visitor("admin")
    for path in ("/", "/me", "/sign-in", "/nothing"):
        page = visitor.client.get(path).text
        assert " style=" not in page and "<style" not in page and " on" + "click" not in page
        assert all(found.startswith("/") for found in _addresses(page))
        assert page.count("<script") == page.count('<script type="module" src=')


def _addresses(page: str) -> list[str]:
    import re

    return re.findall(r'(?:src|href|action|formaction)="([^"]*)"', page.replace('href="#', 'href="/#'))


def test_without_users_nobody_need_sign_in_and_the_page_says_so(sqlite_store: Store) -> None:
    visitor = Pages(sqlite_store, people=False).nobody()
    assert "no sign-in" in plain(visitor.get("/"))
    page = plain(visitor.get("/sign-in"))
    assert "nobody need sign in" in page and "Password" not in page
    assert "Password" not in plain(visitor.get("/me"))
