"""One's own page: what one may do, password, tokens, keys."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import Path, Request, Response
from fastapi.responses import RedirectResponse

from ops.access.passwords import LEAST
from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes import tokens
from ops.api.routes.session import NewPassword, put_password
from ops.api.service import Service, ServiceHere
from ops.api.store_problems import problem_of_case
from ops.cases.errors import CaseError
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.abilities import abilities

router = pages_of("me")
TokenId = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/me")
def me(request: Request, service: ServiceHere, caller: CallerHere) -> Response:
    """Return the page of who is signed in."""
    return _page(request, service, caller)


@router.post("/me/password")
async def password(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Change one's own password; all sessions end, and one signs in again."""
    answer = RedirectResponse("/sign-in?why=password", 303)
    try:
        change = form.body(NewPassword, password=form.secret("password"), new_password=form.secret("new_password"))
        if form.secret("again") != change.new_password:
            raise Problem(422, "the new password is not the same in both fields", "again")
        await to_thread.run_sync(put_password, change, request, answer, caller, service, limiter=service.login_threads)
    except (Problem, CaseError) as error:
        problem = error if isinstance(error, Problem) else problem_of_case(error)
        return await to_thread.run_sync(lambda: _page(request, service, caller, problem, "password"))
    return answer


@router.post("/me/tokens")
def new_token(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Make a token. The page that answers is the only one that ever shows it."""
    try:
        days = float(form.one("days")) if form.one("days") else None
        made = tokens.made(form.body(tokens.NewTokenAsked, days=days), caller, service)
    except ValueError:
        return _page(request, service, caller, Problem(422, "days: a number is wanted", "days"), "tokens")
    except (Problem, CaseError) as error:
        return _page(request, service, caller, error if isinstance(error, Problem) else problem_of_case(error), "tokens")
    return _page(request, service, caller, token=made.token)


@router.post("/me/tokens/{token}/revoke")
def revoke(service: ServiceHere, caller: CallerHere, token: TokenId) -> Response:
    """End a token of one's own, as an admin anybody's."""
    tokens.revoked(token, caller, service)
    return RedirectResponse("/me#tokens", 303)


def _page(
    request: Request, service: Service, caller: Caller, problem: Problem | None = None, place: str = "", token: str | None = None
) -> Response:
    own = [one for one in tokens.listed(caller, service) if one.mine]
    return page(
        request, "me.html", problem.status if problem else 200, tokens=own, token=token, abilities=abilities(caller.role),
        roles=[role.value for role in tokens.at_most(caller.role)], least=LEAST, most_days=service.settings.access.token_days,
        error=problem.detail if problem else "", error_place=place, has_name=caller.user_id is not None,
        is_session=caller.session is not None,
    )  # fmt: skip
