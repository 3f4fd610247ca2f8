"""`ringwatch users`: what it does to the store, and that a password is never an option."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from flink_job.cli import main
from ops.access import passwords
from ops.access.passwords import verified
from ops.access.tokens import caller_by_token
from ops.access.users import users
from ops.cases.settings import StoreSettings
from ops.cases.store import Store

PASSWORD = "a good long password"
Call = Callable[..., int]


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes in a millisecond: how strong they are is tested in `test_passwords`."""
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'store.db'}"


@pytest.fixture
def call(url: str, monkeypatch: pytest.MonkeyPatch) -> Call:
    def call(*words: str, typed: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return main(["users", *words, "--set", f"service.store.url={url}"])

    return call


def store_of(url: str) -> Store:
    return Store(StoreSettings(url=url))


def test_a_user_from_beginning_to_end(call: Call, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("add", "Anna", "--role", "admin", typed=f"{PASSWORD}\n") == 0
    assert call("add", "ben", typed=PASSWORD) == 0
    assert call("role", "ben", "lead") == 0
    assert call("disable", "ben") == 0
    assert call("enable", "ben") == 0
    assert call("passwd", "ben", typed="another long password\n") == 0
    capsys.readouterr()
    with store_of(url).read() as session:
        anna, ben = users(session)
        assert (anna.name, anna.role, ben.name, ben.role, ben.disabled_at) == ("anna", "admin", "ben", "lead", None)
        assert verified(anna.password_hash, PASSWORD) and verified(ben.password_hash, "another long password")
    assert call("list") == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["user", "role"], ["anna", "admin"], ["ben", "lead"]]


def test_a_token_is_the_only_line_on_stdout(call: Call, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("token", "till", "--days", "2") == 0
    shown = capsys.readouterr()
    token = shown.out.strip()
    assert "nobody can show it again" in shown.err and token not in shown.err
    caller = caller_by_token(store_of(url), token, 0)
    assert caller is not None and (caller.name, caller.role) == ("till", "checkout")
    assert call("list") == 0
    assert "till" in capsys.readouterr().out
    assert call("revoke", "1") == 0
    assert caller_by_token(store_of(url), token, 0) is None


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "anna"), "short\n", "password: 12 to 512 characters are wanted"),
        (("add", "anna"), "", "password: 12 to 512 characters are wanted"),
        (("add", "local"), PASSWORD, "name: 1 to 64 of"),
        (("add", "anna\u200b"), PASSWORD, "name: 1 to 64 of"),
        (("passwd", "nobody"), PASSWORD, "there is no user of this name"),
        (("role", "nobody", "lead"), "", "there is no user of this name"),
        (("revoke", "7"), "", "there is no such token"),
        (("token", "till", "--days", "999"), "", "days: more than 0 and at most 365"),
        (("token", "till", "--of", "nobody"), "", "there is no user of this name"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    call: Call, words: tuple[str, ...], typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words, typed=typed) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith(f"ringwatch users: {said}") and "\n" not in error
    assert PASSWORD not in error


def test_the_last_admin_stays(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    call("add", "anna", "--role", "admin", typed=PASSWORD)
    for words in (("role", "anna", "viewer"), ("disable", "anna")):
        assert call(*words) == 2
        assert "this is the last admin" in capsys.readouterr().err


def test_a_password_is_no_option(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    """An option is in the shell's history and in the process list."""
    with pytest.raises(SystemExit):
        call("add", "anna", "--password", PASSWORD)
    with pytest.raises(SystemExit):
        call("add", "anna", PASSWORD)


def test_what_the_command_line_did_is_in_the_audit(call: Call, url: str) -> None:
    from ops.cases.tables.audit import AuditEntry

    call("add", "anna", "--role", "admin", typed=PASSWORD)
    call("token", "till")
    with store_of(url).read() as session:
        entries = session.query(AuditEntry).order_by(AuditEntry.seq).all()
    assert [(entry.actor, entry.action) for entry in entries] == [("command line", "user.add"), ("command line", "token.add")]
    assert PASSWORD not in "".join(entry.details for entry in entries)
