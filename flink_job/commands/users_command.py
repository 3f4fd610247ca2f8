"""`ringwatch users`"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from domain.errors import SettingError
from ops.access.roles import COMMAND_LINE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ops.access.settings import AccessSettings

EXAMPLE = "ringwatch users add anna --role analyst"
_ROLES = ("viewer", "analyst", "lead", "admin")

"""Who the audit says it was: whoever can read the store's settings."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from flink_job.cli import add_common_options

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a user; the password is asked for, or read from standard input")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=_ROLES, default="viewer", help="what the user may do (default %(default)s)")
    passwd = actions.add_parser("passwd", help="give a user another password; all sessions of the user end")
    passwd.add_argument("name", metavar="NAME")
    role = actions.add_parser("role", help="give a user another role; all sessions of the user end")
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", choices=_ROLES)
    for word, text in (("disable", "shut a user out, with sessions and tokens"), ("enable", "let a disabled user in again")):
        actions.add_parser(word, help=text).add_argument("name", metavar="NAME")
    token = actions.add_parser("token", help="make an API token and print it, this once")
    token.add_argument("name", metavar="NAME", help="what it is for")
    token.add_argument("--role", choices=(*_ROLES, "checkout"), default="checkout", help="what it may do (default %(default)s)")
    token.add_argument("--of", metavar="USER", help="the user whose token it is (default: a program's)")
    token.add_argument("--days", type=float, metavar="N", help="its life (default: service.access.token_days)")
    revoke = actions.add_parser("revoke", help="end a token")
    revoke.add_argument("id", type=int, metavar="ID", help="as ringwatch users list shows it")
    actions.add_parser("list", help="show users and valid tokens")
    for action in actions.choices.values():
        add_common_options(action, default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Do the action on the case store of the settings and print what was done."""
    from domain.times import now_ms
    from flink_job.commands.opened_store import opened_store
    from flink_job.commands.options import settings_of
    from ops.access.passwords import new_password_hash
    from ops.access.users import checked_name
    from ops.cases.errors import CaseError

    settings = settings_of(args)
    try:
        hashed = new_password_hash(_password(), checked_name(args.name)) if args.action in ("add", "passwd") else ""
        act = _ACTIONS[args.action]
        with opened_store(settings) as store, store.begin() as session:
            lines = list(act(session, args, hashed, now_ms(), settings.service.access))
    except CaseError as error:
        raise SettingError(str(error)) from None
    print("\n".join(lines))
    return 0


def _password() -> str:
    """Return a new password: asked for twice on a terminal, else the first line of standard input."""
    from getpass import getpass

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("new password: ")
    if getpass("once more: ") != password:
        raise SettingError("the two passwords are not the same: nothing was changed")
    return password


def _add(session: Session, args: argparse.Namespace, hashed: str, now: int, access: AccessSettings) -> Iterator[str]:
    from ops.access.users import add_user

    yield f"{add_user(session, args.name, args.role, hashed, COMMAND_LINE, now).name} is added, with the role {args.role}"


def _passwd(session: Session, args: argparse.Namespace, hashed: str, now: int, access: AccessSettings) -> Iterator[str]:
    from ops.access.users import set_password, user_named

    set_password(session, user_named(session, args.name), hashed, COMMAND_LINE, now)
    yield f"{args.name} has another password, and all sessions have ended"


def _role(session: Session, args: argparse.Namespace, hashed: str, now: int, access: AccessSettings) -> Iterator[str]:
    from ops.access.users import set_role, user_named

    set_role(session, user_named(session, args.name), args.role, COMMAND_LINE, now)
    yield f"{args.name} has the role {args.role}, and all sessions have ended"


def _disable(session: Session, args: argparse.Namespace, hashed: str, now: int, access: AccessSettings) -> Iterator[str]:
    from ops.access.users import set_disabled, user_named

    set_disabled(session, user_named(session, args.name), args.action == "disable", COMMAND_LINE, now)
    yield f"{args.name} is {args.action}d"


def _token(session: Session, args: argparse.Namespace, hashed: str, now: int, access: AccessSettings) -> Iterator[str]:
    from ops.access.tokens import make_token
    from ops.access.users import user_named

    owner = user_named(session, args.of) if args.of else None
    new = make_token(session, args.name, args.role, args.days, owner, COMMAND_LINE, access, now)
    print(f"token {new.id} has the role {new.role}; nobody can show it again:", file=sys.stderr)
    yield new.text


def _revoke(session: Session, args: argparse.Namespace, hashed: str, now: int, access: AccessSettings) -> Iterator[str]:
    from ops.access.tokens import revoke_token

    revoke_token(session, args.id, None, COMMAND_LINE, now)
    yield f"token {args.id} is revoked; services that run take it for 30 s at most"


def _list(session: Session, args: argparse.Namespace, hashed: str, now: int, access: AccessSettings) -> Iterator[str]:
    from flink_job.commands.users_table import token_lines, user_lines

    yield from user_lines(session)
    yield from token_lines(session, now)


_ACTIONS: dict[str, Callable[[Session, argparse.Namespace, str, int, AccessSettings], Iterator[str]]] = {
    "add": _add, "passwd": _passwd, "role": _role, "disable": _disable, "enable": _disable, "token": _token, "revoke": _revoke,
    "list": _list,
}  # fmt: skip
