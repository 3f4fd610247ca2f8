"""What happens at a desk some times a second: events are sent, parts looked after, and the state is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from domain.times import now_ms
from domain.wording import counted
from flink_job.cluster.run_state import RunState
from flink_job.commands.desk.errors import PartEndedError
from flink_job.commands.desk.shop_feed import ShopFeed
from flink_job.commands.desk.signals import Signals
from flink_job.commands.desk.stages import CASES, JOB, PAST, SERVICE, Stages
from ops.cases.statistics import QueueNumbers, queue_numbers
from ops.cases.store import Store

COUNT_S, ASK_S = 3.0, 0.5
"""Between two looks at the queue: once it is shown, and before that."""


class DeskWatch:
    """The looks at a desk; `on_ready` is called once, when the past is decided and the queue has cases."""

    def __init__(
        self,
        stages: Stages,
        feed: ShopFeed,
        store: Store,
        checks: Sequence[Callable[[], None]],
        served_after_s: Callable[[], float | None],
        signals: Signals,
    ) -> None:
        self._stages, self._feed, self._store = stages, feed, store
        self._checks, self._served_after_s, self._signals = checks, served_after_s, signals
        self._past = feed.events
        self._asked = -COUNT_S
        self._is_ready = False
        self._numbers: QueueNumbers | None = None
        self.on_ready: Callable[[], None] = lambda: None

    def look(self, state: RunState) -> None:
        """Look once: `run_job` calls this some times a second. Raises `PartEndedError`."""
        if self._signals.ending:  # the job's last looks
            return
        try:
            for check in self._checks:
                check()
            self._feed.feed(now_ms())
            self._ask()
        except Exception as error:
            raise PartEndedError(error) from error
        self._starting(state)
        self._show(state)

    def _ask(self) -> None:
        """Ask the store how the queue is, now and then."""
        now = time.monotonic()
        if now - self._asked < (COUNT_S if self._is_ready else ASK_S):
            return
        self._asked = now
        with self._store.read() as session:
            self._numbers = queue_numbers(session, now_ms())

    def _starting(self, state: RunState) -> None:
        """Say which stages of the start are done."""
        if (seconds := self._served_after_s()) is not None:
            self._stages.done(SERVICE, seconds=seconds)
        if state.decided and self._stages.done(JOB):
            self._stages.begin(PAST)
        if state.decided >= self._past and self._stages.done(PAST):
            self._stages.begin(CASES)
        if self._stages.under_way == {CASES} and self._numbers and self._numbers.open:
            self._stages.done(CASES)
            self._is_ready = True
            self.on_ready()

    def _show(self, state: RunState) -> None:
        """Say on a terminal how it goes."""
        if not self._is_ready:
            done = f"{min(state.decided, self._past):,} of {self._past:,} events decided" if state.decided else ""
            self._stages.wait_for(state.waits_for or done or "the first decisions")
            return
        waits = f"; waiting for {state.waits_for}" if state.waits_for and not state.waits_for.startswith("events from") else ""
        self._stages.wait_for(f"{state.decided:,} decided, {self._queue()}{waits or self._at_work()}", "")

    def _queue(self) -> str:
        numbers = self._numbers
        if numbers is None:
            return "no cases"
        critical = numbers.by_severity.get("critical", 0)
        return counted(numbers.open, "open case") + (f", {critical} critical" if critical else "")

    def _at_work(self) -> str:
        names = self._feed.attacks(now_ms())
        return f"; at work: {', '.join(names)}" if names else ""
