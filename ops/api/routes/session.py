"""Log in, see who one is, log out, change one's password."""

from __future__ import annotations

from anyio import to_thread
from fastapi import Request, Response
from pydantic import BaseModel, Field

from ops.access.login import confirm_password, log_in
from ops.access.login_limits import count_login
from ops.access.passwords import new_password_hash
from ops.access.roles import Caller, Role
from ops.access.sessions import csrf_of, end_session
from ops.access.users import set_password, user_named
from ops.api.bodies.fields import Request as Body
from ops.api.cookies import drop_session, session_secret, set_session
from ops.api.problems import Problem, answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import Service, ServiceHere
from ops.cases.audit.chain import Act, audit

router = routes_of("session")


class Login(Body):
    """A name and its password."""

    name: str = Field(max_length=64, examples=["anna"])
    password: str = Field(max_length=512, examples=["correct horse battery"])


class NewPassword(Body):
    """The password of today, and the one in its place."""

    password: str = Field(max_length=512, examples=["correct horse battery"])
    new_password: str = Field(max_length=512, examples=["staple and four more words"])


class Who(BaseModel):
    """Who calls."""

    name: str = Field(examples=["anna"])
    role: Role
    by: str = Field(description="session, token, or local: a service without users", examples=["session"])
    csrf_token: str | None = Field(None, description="what changes by a session carry in X-CSRF-Token")


@router.post("/v1/session", responses=answers(401, 429, 503))
async def begin(login: Login, request: Request, response: Response, service: ServiceHere) -> Who:
    """Log in by name and password. The session's cookie is new; one that was sent is ended."""
    return await to_thread.run_sync(begin_session, login, request, response, service, limiter=service.login_threads)


def begin_session(login: Login, request: Request, response: Response, service: Service) -> Who:
    """Begin the session and give it to the browser; call it in one of the service's `login_threads`."""
    settings, now = service.settings, service.clock()
    new = log_in(service.store, settings.access, login.name, login.password, address_of(request), session_secret(request, settings), now)
    set_session(response, new, settings, now)
    return Who(name=new.user, role=new.role, by="session", csrf_token=new.csrf)


@router.get("/v1/session")
def who(request: Request, caller: CallerHere, service: ServiceHere) -> Who:
    """Say who calls, and the CSRF token of a session."""
    secret = session_secret(request, service.settings) if caller.session else None
    by = "session" if caller.session else "token" if caller.token else "local"
    return Who(name=caller.name, role=caller.role, by=by, csrf_token=csrf_of(secret) if secret else None)


@router.delete("/v1/session", status_code=204, responses=answers(503))
def end(request: Request, response: Response, caller: CallerHere, service: ServiceHere) -> None:
    """Log out: the session ends here and in the browser."""
    if caller.session and (secret := session_secret(request, service.settings)):
        with service.store.begin() as session:
            end_session(session, secret)
            audit(session, Act(service.clock(), caller.name, "session.end", f"user:{caller.name}"))
    drop_session(response, service.settings)


@router.put("/v1/session/password", status_code=204, responses=answers(409, 429, 503))
async def change_password(change: NewPassword, request: Request, response: Response, caller: CallerHere, service: ServiceHere) -> None:
    """Change one's own password. All sessions of the user end, this one, too."""
    await to_thread.run_sync(put_password, change, request, response, caller, service, limiter=service.login_threads)


def put_password(change: NewPassword, request: Request, response: Response, caller: Caller, service: Service) -> None:
    """Change the password and end the session in the browser; call it in one of `login_threads`."""
    if caller.session is None:
        raise Problem(409, "only a session can change its user's password: log in first")
    count_login(service.store, caller.name, address_of(request), service.settings.access, service.clock())
    if not confirm_password(service.store, caller.name, change.password):
        raise Problem(403, "password: it is not the one of today", "password")
    hashed = new_password_hash(change.new_password, caller.name)
    with service.store.begin() as session:
        set_password(session, user_named(session, caller.name), hashed, caller.name, service.clock())
    drop_session(response, service.settings)


def address_of(request: Request) -> str:
    """Return the address that a request came from; empty if there is none."""
    return request.client.host if request.client else ""
