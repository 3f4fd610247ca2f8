"""Ctrl-C while trees grow: raised between two rounds, never within one."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from gnn.models.held_interrupts import HeldInterrupts
from gnn.training.training import train
from tests.support.gnn_history import GRAPH, documents, parser, quick, write


def test_an_interrupt_waits_for_the_check() -> None:
    before = signal.getsignal(signal.SIGINT)
    reached = False
    with pytest.raises(KeyboardInterrupt), HeldInterrupts() as held:
        signal.raise_signal(signal.SIGINT)
        reached = True
        held.check()
    assert reached and signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_is_raised_at_the_end_at_the_latest() -> None:
    with pytest.raises(KeyboardInterrupt), HeldInterrupts():
        signal.raise_signal(signal.SIGINT)


def test_another_thread_may_train() -> None:
    done = []

    def work() -> None:
        with HeldInterrupts() as held:
            held.check()
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


def test_trees_are_interrupted_between_rounds(tmp_path: Path) -> None:
    history = write(tmp_path / "events.jsonl", documents())
    reached = []

    def watch(phase: str, done: int, total: int) -> None:
        if phase == "boosted trees: training":
            signal.raise_signal(signal.SIGINT)
            reached.append(done)

    with pytest.raises(KeyboardInterrupt):
        train(quick("gbt"), GRAPH, [history], tmp_path / "model", parser(), watch)
    assert reached == [0], "the round ends, the next one is not reported"
    assert not (tmp_path / "model").exists()


def test_each_pass_has_a_name(tmp_path: Path) -> None:
    history = write(tmp_path / "events.jsonl", documents())
    phases = set()
    train(quick("gbt"), GRAPH, [history], tmp_path / "model", parser(), lambda phase, done, total: phases.add(phase))
    assert {"boosted trees: training", "boosted trees: training on all events"} <= phases
