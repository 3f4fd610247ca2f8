"""Passwords: how strong their hashes are, and what a password must be."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from ops.access import passwords
from ops.access.login_limits import TooManyLogins
from ops.access.passwords import new_password_hash, outdated, password_hash, verified
from ops.cases.errors import Invalid


def test_hashes_are_argon2id_and_cost_at_least_what_owasp_asks() -> None:
    hashed = password_hash("correct horse battery")
    used = extract_parameters(hashed)
    assert used.type is Type.ID and used.memory_cost >= 46 * 1024 and used.time_cost >= 1 and used.salt_len >= 16
    assert hashed != password_hash("correct horse battery")
    assert verified(hashed, "correct horse battery") and not verified(hashed, "correct horse batterY")
    assert not outdated(hashed)


def test_a_letter_that_is_written_in_two_ways_is_one() -> None:
    assert verified(password_hash("gr\u00fc\u00dfe an alle"), "gru\u0308\u00dfe an alle")


@pytest.mark.parametrize(("password", "name"), [("short", "anna"), ("x" * 513, "anna"), ("Anna-the-best", "anna-the-best"), ("", "a")])
def test_a_password_that_is_easy_or_endless_is_refused(password: str, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        new_password_hash(password, name)
    assert caught.value.field == "password" and (password not in str(caught.value) or not password)


@pytest.mark.parametrize("hashed", [None, "", "plain", "$argon2id$v=19$m=8,t=1,p=1$broken"])
def test_nobody_has_no_password(hashed: str | None) -> None:
    for password in ("", "nobody has this password", "plain"):
        assert not verified(hashed, password)


def test_a_name_that_nobody_has_takes_as_long() -> None:
    hashed = password_hash("correct horse battery")

    def took(known: str | None) -> float:
        began = time.thread_time()
        verified(known, "wrong password here")
        return time.thread_time() - began

    pairs = [(took(hashed), took(None)) for _ in range(3)]
    assert min(one for one, _ in pairs) < 2 * min(other for _, other in pairs)
    assert min(other for _, other in pairs) < 2 * min(one for one, _ in pairs)


def test_many_logins_at_once_are_refused_and_hold_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    hold, inside = threading.Event(), threading.Semaphore(0)

    class Slow:
        def hash(self, _: bytes) -> str:
            inside.release()
            hold.wait(10)
            return "hashed"

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(password_hash, "x") for _ in range(8)]
        assert inside.acquire(timeout=60) and inside.acquire(timeout=60)
        until = time.monotonic() + 60
        while passwords._WAITING._value and time.monotonic() < until:  # type: ignore[attr-defined]
            time.sleep(0.01)
        with pytest.raises(TooManyLogins):
            password_hash("x")
        hold.set()
        assert [one.result() for one in waiting] == ["hashed"] * 8
    assert password_hash("x") == "hashed"
