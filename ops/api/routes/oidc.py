"""Log in by an OpenID provider: there, and back with a code."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import RedirectResponse

from ops.access.login import LoginRefused
from ops.access.oidc import Journey, OidcProvider
from ops.access.oidc_login import log_in_as
from ops.api.cookies import journey_cookie, session_secret, set_journey, set_session
from ops.api.own_paths import own_path
from ops.api.problems import Problem, answers
from ops.api.rights import routes_of
from ops.api.service import Service, ServiceHere

router = routes_of("session")
Next = Annotated[str, Query(max_length=4000, description="Path of this service to go to afterwards")]
_LONGEST = 3500
"""Characters of a journey: browsers keep cookies of up to 4 kB."""
_TO: dict[int | str, dict[str, Any]] = {303: {"description": "See Other", "headers": {"Location": {"schema": {"type": "string"}}}}}
Text = Annotated[str | None, Query(max_length=4096)]


@router.get("/v1/session/oidc", status_code=303, response_class=RedirectResponse, responses={**_TO, **answers(404, 429, 503)})
def begin(service: ServiceHere, next: Next = "/") -> RedirectResponse:
    """Send a browser to the OpenID provider of `service.access.oidc`."""
    provider, journey = _provider(service), Journey.new(own_path(next))
    if len(str(journey)) > _LONGEST:
        journey = Journey.new("/")
    answer = RedirectResponse(provider.address(journey), 303)
    set_journey(answer, str(journey), service.settings)
    return answer


@router.get("/v1/session/oidc/callback", status_code=303, response_class=RedirectResponse, responses={**_TO, **answers(404, 429, 503)})
def end(
    request: Request, service: ServiceHere, code: Text = None, state: Text = None, iss: Text = None, error: Text = None
) -> RedirectResponse:
    """Take a browser back from the provider and begin its session. An error of the provider is not shown."""
    provider = _provider(service)
    journey = Journey.of(request.cookies.get(journey_cookie(service.settings), ""))
    if error is not None or not code or not state:
        raise LoginRefused("the OpenID provider refuses this login: begin it again")
    identity, settings, now = provider.identity(journey, code, state, iss), service.settings, service.clock()
    new = log_in_as(service.store, settings.access, identity, session_secret(request, settings), now)
    answer = RedirectResponse(own_path(journey.to), 303)
    answer.delete_cookie(journey_cookie(settings), path="/", secure=settings.https, httponly=True, samesite="lax")
    set_session(answer, new, settings, now)
    return answer


def _provider(service: Service) -> OidcProvider:
    if service.oidc is None:
        raise Problem(404, "there is no login by OpenID Connect here: set service.access.oidc.issuer")
    return service.oidc
