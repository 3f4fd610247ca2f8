"""The page at /docs: what each route asks for, and rows that a narrow screen shows one below the other."""

from __future__ import annotations

import re

import pytest

from ops.api.app import ROUTERS, create_app
from ops.api.reference_page import STYLE, reference_page
from ops.api.rights import PUBLIC, RIGHTS, SIGNED
from tests.support.api_desk import Desk


@pytest.fixture
def rows(quick_desk: Desk) -> dict[str, tuple[str, str]]:
    """The rows by method and path: the path as it is written, and who may."""
    page = reference_page(create_app(quick_desk.service).openapi())
    found = re.findall(r'<span class="method">(\w+)</span><code>(.*?)</code><span class="roles">(.*?)</span>', page)
    return {f"{method} {path.replace('<wbr>', '')}": (path, roles) for method, path, roles in found}


def test_every_row_says_who_may(rows: dict[str, tuple[str, str]]) -> None:
    routes = {(method, route.path) for router in ROUTERS for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
    assert set(rows) == {f"{method} {path}" for method, path in routes}  # the desk's pages are none of the API
    assert rows["POST /"][1] == "signed with an access key"
    assert rows["GET /healthz"][1] == rows["POST /v1/session"][1] == "without a login"
    assert rows["POST /v1/models"][1] == "admin"
    assert all(RIGHTS[route] is PUBLIC for route in SIGNED)


def test_a_narrow_page_breaks_paths_at_slashes_and_puts_roles_below(rows: dict[str, tuple[str, str]]) -> None:
    """Floating, roles lay over the next row; unbroken, a path made the page scroll sideways."""
    assert rows["GET /v1/incidents/{incident_id}/alerts"][0] == "/v1<wbr>/incidents<wbr>/{incident_id}<wbr>/alerts"
    summary = " ".join(re.findall(r"summary \{(.*?)\}", STYLE))
    assert "display: flex" in summary and "flex-wrap: wrap" in summary
    assert "float" not in STYLE and "overflow-wrap: anywhere" in STYLE
