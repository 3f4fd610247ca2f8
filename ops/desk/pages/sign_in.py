"""Sign in and out. On a service without users nobody need, and the page says so."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from ops.access.login import LoginRefused
from ops.access.login_limits import TooManyLogins
from ops.access.roles import LOCAL
from ops.api.cookies import credentials_of
from ops.api.own_paths import own_path
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes.session import Login, begin_session, end
from ops.api.service import Service, ServiceHere
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of

router = pages_of("sign_in")
Next = Annotated[str, Query(max_length=4000, description="Where to go afterwards")]
Why = Annotated[Literal["", "password", "out"], Query(description="What ended the session before")]
_SAID = {
    "": "",
    "password": "Your password is another one now. Sign in with it.",
    "out": "You have signed out.",
}


@router.get("/sign-in")
async def sign_in(request: Request, service: ServiceHere, next: Next = "/", why: Why = "") -> Response:
    """Return the page with name and password; who has signed in goes on."""
    caller = await service.access.caller(credentials_of(request, service.settings))
    if caller is not None and caller != LOCAL:
        return RedirectResponse(own_path(next), 303)
    request.state.caller = caller
    return _page(request, service, own_path(next), said=_SAID[why])


@router.post("/sign-in")
async def signed_in(request: Request, service: ServiceHere, form: FormHere) -> Response:
    """Begin a session and go on; a wrong name or password is told on the same page."""
    to, name = own_path(form.one("next")), form.one("name")
    answer = RedirectResponse(to, 303)
    try:
        login = form.body(Login, password=form.secret("password"))
        await to_thread.run_sync(begin_session, login, request, answer, service, limiter=service.login_threads)
    except LoginRefused:
        return _page(request, service, to, 401, error="Name or password is wrong.", name=name)
    except TooManyLogins as why:
        refused = _page(request, service, to, 429, error=f"Too many sign-ins failed. Try again in {why.retry_after_s} s.", name=name)
        refused.headers["Retry-After"] = str(why.retry_after_s)
        return refused
    except Problem as problem:
        return _page(request, service, to, problem.status, error=problem.detail, name=name)
    return answer


@router.post("/sign-out")
def signed_out(request: Request, service: ServiceHere, caller: CallerHere) -> Response:
    """End the session, here and in the browser."""
    answer = RedirectResponse("/sign-in?why=out", 303)
    end(request, answer, caller, service)
    return answer


def _page(request: Request, service: Service, to: str, status: int = 200, said: str = "", error: str = "", name: str = "") -> Response:
    return page(
        request, "sign_in.html", status, asks_store=False, next=to,
        by_openid=service.oidc is not None, said=said, error=error, name=name[:64],
        origin=service.settings.origin,
    )  # fmt: skip
