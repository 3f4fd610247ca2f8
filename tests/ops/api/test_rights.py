"""Every route is in the table of rights, and none can be without."""

from __future__ import annotations

import pytest
from fastapi import APIRouter

from ops.api.app import ROUTERS
from ops.api.rights import RIGHTS, check_rights, routes_of


def test_every_entry_of_the_table_is_a_route() -> None:
    routes = {(method, route.path) for router in ROUTERS for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
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
