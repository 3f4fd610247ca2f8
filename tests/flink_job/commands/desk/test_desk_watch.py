"""What a desk says while it starts and runs, over a real store, at 80 columns; and what ends it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest
from rich.console import Console

from domain.simulator import LiveShop
from domain.times import now_ms
from flink_job.cluster.run_state import RunState
from flink_job.commands.desk import desk_watch
from flink_job.commands.desk.desk_watch import DeskWatch
from flink_job.commands.desk.errors import PartEndedError
from flink_job.commands.desk.shop_feed import ShopFeed
from flink_job.commands.desk.signals import Signals
from flink_job.commands.desk.stages import CASES, JOB, PAST, SERVICE, Stages
from flink_job.commands.live_line import LiveLine
from ops.cases.store import Store
from tests.support.case_samples import put_case


class Rig:
    """A watch, what it has said, and what it looks at."""

    def __init__(self, store: Store, terminal: bool = False) -> None:
        self.text = io.StringIO()
        console = Console(file=self.text, width=80, force_terminal=terminal)
        self.line = LiveLine(console)
        self.stages = Stages(console, self.line)
        self.sent: list[bytes] = []
        self.feed = ShopFeed(LiveShop(now_ms(), seed=5, events_per_s=0.1), self._send)
        self.feed.feed(now_ms())
        self.served_s: float | None = None
        self.fault: Exception | None = None
        self.signals, self.ready = Signals(), list[str]()
        self.stages.begin(SERVICE)
        self.stages.begin(JOB)
        self.watch = DeskWatch(self.stages, self.feed, store, (self._check,), lambda: self.served_s, self.signals)
        self.watch.on_ready = lambda: self.ready.append(self.said)

    def _send(self, lines: Sequence[bytes]) -> None:
        self.sent += lines

    def _check(self) -> None:
        if self.fault:
            raise self.fault

    def look(self, decided: int, waits_for: str = "") -> None:
        self.watch.look(RunState(waits_for, decided, {"approve": decided} if decided else {}))

    @property
    def said(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text.getvalue())


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look asks the store."""
    monkeypatch.setattr(desk_watch, "ASK_S", 0.0)
    monkeypatch.setattr(desk_watch, "COUNT_S", 0.0)


def stages_said(rig: Rig) -> list[str]:
    return [stage for stage in (SERVICE, JOB, PAST, CASES) if re.search(rf"^  {stage} +[\d.]+ s$", rig.said, re.MULTILINE)]


def test_each_stage_is_said_once_and_ready_is_when_the_queue_has_a_case(store: Store) -> None:
    rig = Rig(store)
    past = rig.feed.events
    rig.look(0, "Flink to start")
    assert stages_said(rig) == []
    rig.served_s = 3.2
    rig.look(1)
    assert stages_said(rig) == [SERVICE, JOB]
    assert f"  {SERVICE:<58}   3.2 s\n" in rig.said
    rig.look(past)
    assert stages_said(rig) == [SERVICE, JOB, PAST]
    assert rig.ready == []
    put_case(store, severity="critical")
    rig.look(past)
    rig.look(past + 1)
    assert stages_said(rig) == [SERVICE, JOB, PAST, CASES]
    assert len(rig.ready) == 1
    assert rig.said.count(" s\n") == 4
    assert max(map(len, rig.said.splitlines())) <= 80


def test_it_is_not_ready_before_the_service_answers(store: Store) -> None:
    rig = Rig(store)
    put_case(store)
    past = rig.feed.events
    rig.look(past)
    rig.look(past)
    assert rig.ready == []
    rig.served_s = 9.0
    rig.look(past)
    assert len(rig.ready) == 1


def test_a_terminal_has_one_line_of_how_it_goes(store: Store) -> None:
    rig = Rig(store, terminal=True)
    rig.served_s = 1.0
    put_case(store, severity="critical")
    with rig.line:
        past = rig.feed.events
        rig.look(7)
        assert f"7 of {past:,} events decided ..." in rig.said
        for _ in range(3):
            rig.look(past)
        assert f"{past:,} decided, 1 open case, 1 critical; at work: " in rig.said
        rig.look(past, "the job to start again after a failure: disk full")
        assert "critical; waiting for the job to start again" in rig.said


def test_a_part_that_has_ended_ends_the_job(store: Store) -> None:
    rig = Rig(store)
    rig.fault = RuntimeError("Redis was ended by SIGKILL")
    with pytest.raises(PartEndedError, match="SIGKILL") as ended:
        rig.look(0)
    assert isinstance(ended.value, KeyboardInterrupt), "run_job cancels the job at it"
    assert ended.value.error is rig.fault


def test_nothing_is_looked_at_once_the_end_has_begun(store: Store) -> None:
    rig = Rig(store)
    rig.signals.ending, rig.fault, sent = True, RuntimeError("killed"), len(rig.sent)
    rig.look(5)
    assert (stages_said(rig), len(rig.sent)) == ([], sent)
