"""Signing in and out, and one's own page: password, tokens, what one's role may do."""

from __future__ import annotations

import re

import pytest

from ops.access.roles import Role
from ops.desk.view.abilities import abilities
from tests.support.api_calls import PASSWORD
from tests.support.desk_calls import Pages, plain

NEW = "another horse battery"


def test_a_wrong_password_is_told_on_the_page_and_no_name_is_given_away(pages: Pages) -> None:
    visitor = pages.nobody()
    for name in ("lead", "nobody-of-this-name"):
        answer = visitor.post("/sign-in", name=name, password="wrong wrong wrong")
        assert answer.status_code == 401 and "Name or password is wrong." in plain(answer.text)
        assert "wrong wrong wrong" not in answer.text
    assert visitor.client.get("/").status_code == 303


def test_too_many_wrong_passwords_are_told_when_to_try_again(quick_pages: Pages) -> None:
    visitor = quick_pages.nobody()
    answers = [visitor.post("/sign-in", name="lead", password="wrong") for _ in range(11)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
    assert "Try again in" in plain(answers[-1].text)


def test_who_is_signed_in_goes_on_from_the_sign_in(quick_pages: Pages) -> None:
    assert quick_pages.visitor("lead").client.get("/sign-in?next=/me").headers["location"] == "/me"


def test_a_password_with_spaces_around_it_is_taken_as_it_is(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("lead")
    spaced = f" {NEW} "
    assert visitor.act("/me/password", password=PASSWORD, new_password=spaced, again=spaced) == "/sign-in?why=password"
    assert visitor.post("/sign-in", name="lead", password=NEW).status_code == 401
    assert visitor.post("/sign-in", name="lead", password=spaced).status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"password": "not it at all", "new_password": NEW, "again": NEW}, 403, "it is not the one of today"),
        ({"password": PASSWORD, "new_password": NEW, "again": "other"}, 422, "not the same in both fields"),
        ({"password": PASSWORD, "new_password": "short", "again": "short"}, 422, "12 to 512 characters are wanted"),
        ({"password": PASSWORD}, 422, "12 to 512 characters are wanted"),
    ],
)
def test_a_password_that_cannot_be_is_told_on_the_page(pages: Pages, fields: dict[str, str], status: int, said: str) -> None:
    visitor = pages.visitor("lead")
    answer = visitor.post("/me/password", **fields)
    assert answer.status_code == status and said in plain(answer.text)
    assert visitor.get("/me")


def test_another_password_ends_all_sessions(pages: Pages) -> None:
    visitor, elsewhere = pages.visitor("lead"), pages.visitor("lead")
    to = visitor.act("/me/password", password=PASSWORD, new_password=NEW, again=NEW)
    assert "Sign in with it" in plain(visitor.get(to))
    assert elsewhere.client.get("/me").status_code == 303
    assert visitor.post("/sign-in", name="lead", password=NEW).status_code == 303


def test_a_token_is_shown_once_and_can_be_ended(pages: Pages) -> None:
    visitor = pages.visitor("analyst")
    answer = visitor.post("/me/tokens", name="notebook", role="viewer", days="30")
    [token] = re.findall(r"rw_[\w-]{40,}", answer.text)
    program = pages.nobody().client
    assert program.get("/v1/incidents", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    page = visitor.get("/me")
    assert token not in page and "notebook" in page
    [number] = re.findall(r'action="/me/tokens/(\d+)/revoke"', page)
    assert visitor.act(f"/me/tokens/{number}/revoke") == "/me#tokens"
    assert program.get("/v1/incidents", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("fields", [{"role": "admin", "name": "x"}, {"name": "x", "days": "many"}, {"name": "", "role": "viewer"},
                                    {"name": "x", "role": "checkout"}])  # fmt: skip
def test_a_token_that_one_may_not_have_is_refused_on_the_page(quick_pages: Pages, fields: dict[str, str]) -> None:
    answer = quick_pages.visitor("analyst").post("/me/tokens", **fields)
    assert answer.status_code in (403, 422) and 'role="alert"' in answer.text


def test_an_analyst_ends_no_token_of_another_person(quick_pages: Pages) -> None:
    lead, analyst = quick_pages.visitor("lead"), quick_pages.visitor("analyst")
    lead.post("/me/tokens", name="mine", role="lead")
    [number] = re.findall(r'action="/me/tokens/(\d+)/revoke"', lead.get("/me"))
    assert analyst.post(f"/me/tokens/{number}/revoke").status_code == 404
    assert "mine" in lead.get("/me")


def test_what_a_role_may_do_grows_with_the_role() -> None:
    has = [sum(ability.has for ability in abilities(role)) for role in Role.people()]
    assert has == [1, 3, 5, 6]
