"""Acts of the audit in words: claimed a case, looked a device up, changed a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.wording import counted
from ops.desk.markup import shortened
from ops.desk.view.entity_names import kind_word

Details = Mapping[str, Any]
_TEXT = 60
_NAMED = 5
"""Most numbers of rows that are shown."""


def act_words(action: str, subject: str, details: Details) -> str:
    """Return what somebody did, without of what; an act of another version by its name."""
    found = _WORDS.get(action)
    if found is None:
        return shortened(action, _TEXT)
    return found if isinstance(found, str) else found(subject, details)


def _text(details: Details, name: str) -> str:
    return shortened(details.get(name), _TEXT)


def _verdict(_: str, details: Details) -> str:
    return f"gave the verdict {_text(details, 'word')}{_alerts(details.get('alerts'))}"


def _sent_again(what: str) -> Callable[[str, Details], str]:
    def words(_: str, details: Details) -> str:
        count, ids = details.get("count"), details.get("ids")
        named = [one for one in ids if isinstance(one, int)] if isinstance(ids, list) else []
        which = f", number {', '.join(map(str, named))}" if 0 < len(named) <= _NAMED else ""
        return f"sent {counted(count if isinstance(count, int) else 0, what)} again that had been given up{which}"

    return words


def _alerts(count: object) -> str:
    return f" on {counted(count, 'alert')}" if isinstance(count, int) and count else ""


def _look_up(subject: str, details: Details) -> str:
    how = "by its raw value" if details.get("raw") else "by its pseudonym"
    return f"looked up: {kind_word(subject.partition(':')[2])}, {how}"


def _control(does: str) -> Callable[[str, Details], str]:
    def words(subject: str, details: Details) -> str:
        version = f", version {details['version']}" if details.get("version") else ""
        return f"{does} {shortened(subject.partition(':')[0].replace('_', ' '), 16)}: {_text(details, 'state')}{version}"

    return words


def _acted(does: str) -> Callable[[str, Details], str]:
    return lambda _, details: f"{does}{', too late to be sent' if details.get('late') is True else ''}: {_text(details, 'why')}"


def _check(_: str, details: Details) -> str:
    problems = details.get("problems")
    found = f"found {counted(len(problems), 'fault')}" if isinstance(problems, list) and problems else "found it whole"
    return f"checked the chain up to {_text(details, 'seq')}, {found}"


def _count(details: Details) -> int:
    found = details.get("questions")
    return found if isinstance(found, int) else 0


def _erase(_: str, details: Details) -> str:
    acts = details.get("acts")
    if not isinstance(acts, int):
        return "erased what acts were about"
    return f"erased what {counted(acts, 'act')} {'was' if acts == 1 else 'were'} about"


def _forget(_: str, details: Details) -> str:
    return f"had an account forgotten: {_text(details, 'deleted')} rows deleted, {_text(details, 'masked')} masked"


_WORDS: Mapping[str, str | Callable[[str, Details], str]] = {
    "case.claim": "claimed",
    "case.assign": lambda _, details: f"gave to {_text(details, 'owner')}",
    "case.release": "gave back",
    "case.due": "set when it is due",
    "case.close": "closed without a verdict",
    "case.reopen": "opened again",
    "case.comment": "commented",
    "case.verdict": _verdict,
    "case.undo": "took the verdict back",
    "case.undo_act": lambda _, details: f"undid: {_text(details, 'said')}",
    "summary.rate": lambda _, details: f"called the summary {_text(details, 'rating')}",
    "summary.undo": "took back what was said of the summary",
    "entity.look_up": _look_up,
    "control.ask": _control("changed a"),
    "control.propose": _control("proposed a"),
    "control.approve": _control("approved a"),
    "control.withdraw": _control("turned down a"),
    "question.confirm": lambda _, details: f"confirmed what an answer proposed: {_text(details, 'act')}",
    "question.erase": lambda _, details: f"erased {counted(_count(details), 'question')} of everybody",
    "session.begin": lambda _, details: f"signed in by {'OpenID' if details.get('way') == 'oidc' else 'password'}",
    "session.end": "signed out",
    "token.add": lambda _, details: f"made a token for {_text(details, 'role')}",
    "token.revoke": "ended a token",
    "user.add": lambda _, details: f"added a user, {_text(details, 'role')}",
    "user.role": lambda _, details: f"changed a role from {_text(details, 'from')} to {_text(details, 'to')}",
    "user.password": "set a password",
    "user.disable": "shut a user out",
    "user.enable": "let a user in again",
    "action.keep": lambda _, details: f"took back to release: {_text(details, 'action')}",
    "action.ask_release": lambda _, details: f"asked to release: {_text(details, 'action')}",
    "action.hold": _acted("held"),
    "action.verify": _acted("asked for a second factor"),
    "action.block": _acted("blocked"),
    "action.release": _acted("released"),
    "action.not_sent": lambda _, details: f"did not send: {_text(details, 'action')}, {_text(details, 'state')}",
    "notices.retry": _sent_again("notice"),
    "actions.retry": _sent_again("release"),
    "retrain.tried": lambda _, details: f"tried a new model: {_text(details, 'judgement')}",
    "retrain.failed": "could not try a new model",
    "audit.check": _check,
    "audit.erase": _erase,
    "account.forget": _forget,
}
"""Action -> words, or what makes them of subject and details."""
