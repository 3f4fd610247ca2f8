"""The table of rights: every route is in it, none can be without, and each cell of role and route holds."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from httpx2 import Response

from ops.access.roles import Role
from ops.api.app import ROUTERS
from ops.api.rights import PUBLIC, RIGHTS, check_rights, routes_of
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.desk.app import ROUTERS as PAGES
from tests.support.api_desk import OF_ROLE, Desk


def test_every_entry_of_the_table_is_a_route() -> None:
    routers = (*ROUTERS, *PAGES)
    routes = {(method, route.path) for router in routers for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
    assert routes == set(RIGHTS)


def test_a_route_without_an_entry_cannot_be_registered() -> None:
    router = routes_of("new")
    router.add_api_route("/new", lambda: None)
    with pytest.raises(LookupError, match="GET /new is not in"):
        check_rights(router.routes)


def test_a_route_that_nobody_guards_cannot_be_registered() -> None:
    router = APIRouter()
    router.add_api_route("/healthz", lambda: None)
    with pytest.raises(LookupError, match="is not guarded"):
        check_rights(router.routes)


ROLES = ("viewer", "analyst", "lead", "admin", "checkout")
CELLS = [(method, path, role) for method, path in RIGHTS for role in (None, *ROLES)]


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One service for the whole table."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path_factory.mktemp('rights') / 'store.db')}"))
    desk = Desk(store)
    desk.service.stopping = True  # a stream of changes ends at once
    yield desk
    store.close()


@pytest.mark.parametrize(("method", "path", "role"), CELLS, ids=[" ".join(map(str, cell)) for cell in CELLS])
def test_each_cell_of_the_table_of_rights(desk: Desk, method: str, path: str, role: str | None) -> None:
    """Nobody is told 401, who may not 403; who may gets past the door, whatever the route says then."""
    answer = desk.call(OF_ROLE.get(role or "", "nobody"), method, re.sub(r"\{\w+\}", "1", path), {})
    allowed = RIGHTS[method, path]
    if allowed is PUBLIC or (role and Role(role) in allowed):
        assert not is_at_the_door(answer), answer.text
    else:
        assert turned_away(answer) == (401 if role is None else 403), answer.text


def turned_away(answer: Response) -> int:
    """The status at the door: a page sends whom it does not know to sign in."""
    return 401 if answer.headers.get("location", "").startswith("/sign-in?next=") else answer.status_code


def is_at_the_door(answer: Response) -> bool:
    if "may not do this</p>" in answer.text or (turned_away(answer) == 401 and answer.status_code == 303):
        return True
    detail = answer.json().get("detail", "") if answer.headers.get("content-type") == "application/problem+json" else ""
    return "say who you are" in detail or "may not do this" in detail


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("POST", "/v1/score", "admin checkout"), ("POST", "/v1/users", "admin"), ("GET", "/v1/rules", "viewer analyst lead admin"),
        ("PUT", "/v1/rules/{rule_id}", "lead admin"), ("POST", "/v1/models", "admin"), ("GET", "/metrics", "viewer analyst lead admin"),
        ("GET", "/healthz", ""),
    ],
)  # fmt: skip
def test_the_table_says_what_the_page_says(method: str, path: str, roles: str) -> None:
    assert {str(role) for role in RIGHTS[method, path]} == set(roles.split())
