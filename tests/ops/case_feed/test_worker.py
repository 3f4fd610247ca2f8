"""The worker: what it does while a server is away, and how it ends."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from ops.case_feed.worker import CaseWorker
from ops.cases.errors import StoreError
from ops.redis.placed_reader import AwayError


class Steps:
    """A feed, a sender or housekeeping of the test: gives what it is told, then nothing."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.calls, self.forgotten, self.closed = list(answers), 0, 0, False

    def step(self) -> int:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else 0
        if isinstance(answer, Exception):
            raise answer
        time.sleep(0.001)
        return int(answer)

    def forget(self) -> None:
        self.forgotten += 1

    def close(self) -> None:
        self.closed = True

    def oldest_ms(self) -> int | None:
        return 4_000

    __call__ = step


def run_until(worker: CaseWorker, holds: Any) -> None:
    thread = threading.Thread(target=worker.run)
    thread.start()
    end = time.monotonic() + 60
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    worker.stop()
    thread.join(60)
    assert holds()
    assert not thread.is_alive()


@pytest.mark.parametrize("error", [StoreError("the store is away"), AwayError("Redis is away")])
def test_it_waits_for_what_is_away_and_says_so_once(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    feed, sender, closed = Steps(5, error, error), Steps(), []
    worker = CaseWorker(feed, sender, Steps(), lambda: closed.append(True))  # type: ignore[arg-type]
    run_until(worker, lambda: feed.calls > 4)
    assert (feed.forgotten, worker.waits_for, sender.closed, closed) == (2, "", True, [True])
    assert caplog.text.count("The worker waits") == 1


def test_old_rows_go_part_by_part() -> None:
    old = Steps(500, 500, 3)
    run_until(CaseWorker(Steps(), Steps(), old, lambda: None), lambda: old.calls == 4)  # type: ignore[arg-type]


def test_a_full_outbox_is_sent_without_a_pause() -> None:
    sender = Steps(*[500] * 20)
    run_until(CaseWorker(Steps(), sender, Steps(), lambda: None), lambda: not sender.answers)  # type: ignore[arg-type]


def test_its_lag_is_the_age_of_the_oldest_entry_that_waits() -> None:
    worker = CaseWorker(Steps(), Steps(), Steps(), lambda: None)  # type: ignore[arg-type]
    assert worker.lag_s(10_000) == 6.0
    assert worker.lag_s(3_000) == 0.0
