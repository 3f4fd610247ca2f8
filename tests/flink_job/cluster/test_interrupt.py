"""Signals as an interruption."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from flink_job.cluster.interrupt import TerminatedError, terminated_as_interrupt


class EndsLate:
    """An object at whose end a signal comes, as at that of a closed connection."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_that_falls_into_the_end_of_an_object_is_not_lost() -> None:
    handler, hook = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    started = time.monotonic()
    with pytest.raises(TerminatedError), terminated_as_interrupt():
        EndsLate()
        EndsLate()
        time.sleep(20)
    assert time.monotonic() - started < 5
    assert (signal.getsignal(signal.SIGTERM), sys.unraisablehook) == (handler, hook)


def test_no_signal_comes_after_the_end() -> None:
    with terminated_as_interrupt():
        EndsLate()
    time.sleep(0.2)  # SIGTERM would end this process


def test_none_comes_that_was_about_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer has run out, and the thread that sends was given no time yet."""
    senders: list[Callable[[], None]] = []

    class Timer(threading.Thread):
        def __init__(self, after_s: float, send: Callable[[], None]) -> None:
            super().__init__()
            senders.append(send)

    monkeypatch.setattr(threading, "Timer", Timer)
    with terminated_as_interrupt():
        EndsLate()
    [send] = senders
    send()  # SIGTERM would end this process


def test_what_else_is_passed_over_is_reported_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fails:
        def __del__(self) -> None:
            raise ValueError("of the object")

    seen: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: seen.append(str(lost.exc_value)))
    with terminated_as_interrupt():
        Fails()
    assert seen == ["of the object"]
