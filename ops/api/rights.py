"""Who may call which route: one table, and the check that every request passes. The rest is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from ops.access.roles import Caller, Role, at_least
from ops.api.cookies import check_csrf, check_origin, credentials_of
from ops.api.problems import Problem
from ops.api.service import Service, service_of
from ops.api.strict import check_query, query_names, read_body

PUBLIC: frozenset[Role] = frozenset()
"""Whoever reaches the service, without a name."""
ANYBODY = frozenset(Role)
"""Whoever says who they are."""
VIEWER, ANALYST, LEAD, ADMIN = (at_least(role) for role in Role.people())
CHECKOUT = frozenset({Role.CHECKOUT, Role.ADMIN})

RIGHTS: dict[tuple[str, str], frozenset[Role]] = {
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/openapi.json"): PUBLIC,
    ("GET", "/docs"): PUBLIC,
    ("GET", "/docs/style.css"): PUBLIC,
    ("GET", "/"): VIEWER,
    ("GET", "/incidents/{incident_id}"): VIEWER,
    ("POST", "/incidents/{incident_id}/verdict"): ANALYST,
    ("GET", "/incidents/{incident_id}/summary"): ANALYST,
    ("POST", "/incidents/{incident_id}/summary"): ANALYST,
    ("POST", "/incidents/{incident_id}/summary/{feedback_id}/undo"): ANALYST,
    ("POST", "/cases/{case_id}/verdicts/{verdict_id}/undo"): ANALYST,
    ("POST", "/cases/{case_id}/assign"): LEAD,
    ("POST", "/cases/{case_id}/due"): ANALYST,
    ("POST", "/cases/{case_id}/close"): ANALYST,
    ("POST", "/cases/{case_id}/reopen"): ANALYST,
    ("POST", "/cases/{case_id}/comments"): ANALYST,
    ("GET", "/rows"): VIEWER,
    ("GET", "/live"): VIEWER,
    ("POST", "/seen"): VIEWER,
    ("POST", "/filters"): VIEWER,
    ("POST", "/filters/{filter_id}/remove"): VIEWER,
    ("POST", "/next"): ANALYST,
    ("POST", "/cases/{case_id}/claim"): ANALYST,
    ("POST", "/cases/{case_id}/release"): ANALYST,
    ("GET", "/cases/{case_id}/verdict"): ANALYST,
    ("POST", "/cases/{case_id}/verdict"): ANALYST,
    ("POST", "/bulk/preview"): LEAD,
    ("POST", "/bulk"): LEAD,
    ("POST", "/bulk/claim"): LEAD,
    ("POST", "/acts/{act_id}/undo"): ANALYST,
    ("GET", "/alerts"): VIEWER,
    ("GET", "/audit"): ADMIN,
    ("POST", "/audit/check"): ADMIN,
    ("GET", "/entities"): VIEWER,
    ("POST", "/entities"): ANALYST,
    ("GET", "/entities/{entity}"): VIEWER,
    ("POST", "/entities/{entity}/lists"): LEAD,
    ("POST", "/entities/{entity}/lists/{record_id}/remove"): LEAD,
    ("GET", "/rules"): VIEWER,
    ("GET", "/rules/draft/new"): LEAD,
    ("GET", "/rules/{rule_id}"): VIEWER,
    ("POST", "/rules/draft/check"): VIEWER,
    ("POST", "/rules/draft/try"): ANALYST,
    ("POST", "/rules/draft/save"): LEAD,
    ("POST", "/rules/{rule_id}/state"): LEAD,
    ("GET", "/models"): VIEWER,
    ("GET", "/ask"): VIEWER,
    ("POST", "/ask"): VIEWER,
    ("POST", "/ask/steps"): VIEWER,
    ("POST", "/ask/forget"): VIEWER,
    ("GET", "/ask/{question_id}"): VIEWER,
    ("GET", "/overview"): VIEWER,
    ("GET", "/digest"): VIEWER,
    ("GET", "/actions"): VIEWER,
    ("POST", "/actions/{action_id}/release"): LEAD,
    ("GET", "/notices"): VIEWER,
    ("POST", "/notices/retry"): LEAD,
    ("GET", "/lists"): VIEWER,
    ("POST", "/lists"): LEAD,
    ("GET", "/lists/{record_id}"): VIEWER,
    ("POST", "/lists/{record_id}/state"): LEAD,
    ("POST", "/switches/{name}"): LEAD,
    ("POST", "/changes/{change_id}/approve"): LEAD,
    ("POST", "/changes/{change_id}/withdraw"): LEAD,
    ("GET", "/static/{version}/{name}"): PUBLIC,
    ("GET", "/sign-in"): PUBLIC,
    ("POST", "/sign-in"): PUBLIC,
    ("POST", "/sign-out"): ANYBODY,
    ("GET", "/me"): VIEWER,
    ("POST", "/me/password"): VIEWER,
    ("POST", "/me/tokens"): VIEWER,
    ("POST", "/me/tokens/{token}/revoke"): VIEWER,
    ("GET", "/metrics"): VIEWER,
    ("POST", "/"): PUBLIC,  # see SIGNED: ops.fraud_detector checks it
    ("POST", "/v1/score"): CHECKOUT,
    ("POST", "/v1/events"): CHECKOUT,
    ("POST", "/v1/labels"): CHECKOUT,
    ("GET", "/v1/incidents"): VIEWER,
    ("GET", "/v1/incidents/{incident_id}"): VIEWER,
    ("GET", "/v1/incidents/{incident_id}/revisions"): VIEWER,
    ("GET", "/v1/incidents/{incident_id}/revisions/{revision}"): VIEWER,
    ("GET", "/v1/incidents/{incident_id}/alerts"): VIEWER,
    ("GET", "/v1/incidents/{incident_id}/similar"): VIEWER,
    ("GET", "/v1/incidents/{incident_id}/summary-feedback"): VIEWER,
    ("POST", "/v1/incidents/{incident_id}/summary-feedback"): ANALYST,
    ("POST", "/v1/incidents/{incident_id}/summary-feedback/{feedback_id}/undo"): ANALYST,
    ("GET", "/v1/alerts"): VIEWER,
    ("GET", "/v1/alerts/{alert_id}"): VIEWER,
    ("GET", "/v1/cases"): VIEWER,
    ("POST", "/v1/cases/next"): ANALYST,
    ("POST", "/v1/cases/bulk"): LEAD,
    ("POST", "/v1/cases/bulk/preview"): LEAD,
    ("GET", "/v1/cases/{case_id}"): VIEWER,
    ("POST", "/v1/cases/{case_id}/claim"): ANALYST,
    ("POST", "/v1/cases/{case_id}/release"): ANALYST,
    ("POST", "/v1/cases/{case_id}/assign"): LEAD,
    ("POST", "/v1/cases/{case_id}/due"): ANALYST,
    ("POST", "/v1/cases/{case_id}/status"): ANALYST,
    ("POST", "/v1/cases/{case_id}/reopen"): ANALYST,
    ("GET", "/v1/cases/{case_id}/comments"): VIEWER,
    ("POST", "/v1/cases/{case_id}/comments"): ANALYST,
    ("GET", "/v1/cases/{case_id}/verdicts"): VIEWER,
    ("POST", "/v1/cases/{case_id}/verdict"): ANALYST,
    ("POST", "/v1/cases/{case_id}/verdicts/{verdict_id}/undo"): ANALYST,
    ("GET", "/v1/rules"): VIEWER,
    ("GET", "/v1/rules/{rule_id}"): VIEWER,
    ("PUT", "/v1/rules/{rule_id}"): LEAD,
    ("POST", "/v1/rules/{rule_id}/state"): LEAD,
    ("GET", "/v1/lists"): VIEWER,
    ("GET", "/v1/lists/{record_id}"): VIEWER,
    ("PUT", "/v1/lists/{record_id}"): LEAD,
    ("POST", "/v1/lists/{record_id}/state"): LEAD,
    ("GET", "/v1/switches"): VIEWER,
    ("PUT", "/v1/switches/{name}"): LEAD,
    ("GET", "/v1/models"): VIEWER,
    ("POST", "/v1/models"): ADMIN,
    ("GET", "/v1/changes"): VIEWER,
    ("GET", "/v1/changes/{change_id}"): VIEWER,
    ("POST", "/v1/changes/{change_id}/approve"): LEAD,
    ("POST", "/v1/changes/{change_id}/withdraw"): LEAD,
    ("POST", "/v1/entities/look-up"): ANALYST,
    ("GET", "/v1/entities/{entity}"): VIEWER,
    ("GET", "/v1/entities/{entity}/alerts"): VIEWER,
    ("GET", "/v1/entities/{entity}/incidents"): VIEWER,
    ("GET", "/v1/statistics"): VIEWER,
    ("GET", "/v1/digest"): VIEWER,
    ("POST", "/v1/ask"): VIEWER,
    ("GET", "/v1/actions"): VIEWER,
    ("POST", "/v1/actions/{action_id}/release"): LEAD,
    ("GET", "/v1/notices"): VIEWER,
    ("POST", "/v1/notices/retry"): LEAD,
    ("GET", "/v1/audit"): ADMIN,
    ("GET", "/v1/audit/verify"): ADMIN,
    ("POST", "/v1/session"): PUBLIC,
    ("GET", "/v1/session"): ANYBODY,
    ("DELETE", "/v1/session"): ANYBODY,
    ("PUT", "/v1/session/password"): VIEWER,
    ("GET", "/v1/session/oidc"): PUBLIC,
    ("GET", "/v1/session/oidc/callback"): PUBLIC,
    ("GET", "/v1/users"): ADMIN,
    ("POST", "/v1/users"): ADMIN,
    ("PATCH", "/v1/users/{name}"): ADMIN,
    ("GET", "/v1/tokens"): VIEWER,
    ("POST", "/v1/tokens"): VIEWER,
    ("DELETE", "/v1/tokens/{token}"): VIEWER,
}
"""(method, path as the route has it) -> the roles that may."""


SIGNED = {("POST", "/"): "signed with an access key"}
"""Routes without a login that ask for something else, and what that is."""


class GuardedRoute(APIRoute):
    """A route whose caller is checked before its query and its body are, and these before it reads them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request: called by FastAPI once for each route."""
        answer, names, has_body = super().get_route_handler(), query_names(self), self.body_field is not None

        async def guarded(request: Request) -> Response:
            await require(request, self.path)
            check_query(request, self.path, names)
            if has_body:
                await read_body(request)
            return await answer(request)

        return guarded


def routes_of(subject: str) -> APIRouter:
    """Return an empty router for the routes of one subject."""
    return APIRouter(tags=[subject], route_class=GuardedRoute)


def check_rights(routes: Iterable[BaseRoute]) -> None:
    """Raise LookupError for a route that nobody guards or that the table does not have."""
    for route in routes:
        if not isinstance(route, GuardedRoute):
            raise LookupError(f"{route} is not guarded: make its router with ops.api.rights.routes_of")
        for method in route.methods or ():
            if (method, route.path) not in RIGHTS:
                raise LookupError(f"{method} {route.path} is not in ops.api.rights.RIGHTS: say there who may call it")


async def _in_header(request: Request, service: Service) -> None:
    check_csrf(request, service.settings)


async def require(request: Request, path: str, check: Callable[[Request, Service], Awaitable[None]] = _in_header) -> None:
    """Let the request through if its caller has a role that the table names, and keep who calls.

    `path`: the route's, with its names in braces. `check` looks for the CSRF token of who calls by session.
    Raises `Problem` 401 for nobody, 403 for who may not.
    """
    service = service_of(request)
    check_origin(request, service.settings)
    allowed = RIGHTS[request.method, path]
    if allowed is PUBLIC:
        return
    caller = await service.access.caller(credentials_of(request, service.settings))
    if caller is None:
        raise Problem(401, "say who you are: log in, or send Authorization: Bearer and a token", None, {"WWW-Authenticate": "Bearer"})
    if caller.role not in allowed:
        request.state.caller = caller
        raise Problem(403, f"the role {caller.role} may not do this")
    request.state.caller = caller
    if caller.session is not None:
        await check(request, service)


async def may_still(request: Request, path: str) -> bool:
    """Return whether who is being answered may still be, for an answer that goes on.

    To ask is no use of the session. Raises `StoreError`.
    """
    service = service_of(request)
    caller = await service.access.caller(credentials_of(request, service.settings), is_use=False)
    return caller is not None and caller.role in RIGHTS[request.method, path]


def caller_of(request: Request) -> Caller:
    """Return who calls, of a route that is not public."""
    caller: Caller = request.state.caller
    return caller


async def _caller_here(request: Request) -> Caller:
    return caller_of(request)


CallerHere = Annotated[Caller, Depends(_caller_here)]
"""The type of a route's argument that is who calls."""
