"""From samples to figures: the settled middle, CPU by process and thread, state per entity."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import SettingError
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from flink_job.bench.engine_run import BROKER, engine_run, rates
from flink_job.bench.histories import count_lines, entities, first_lines, simulated
from flink_job.bench.job_part import state_size
from flink_job.bench.processes import WORKERS, ProcessUsage, spent, thread_name, usage
from flink_job.bench.samples import Checkpoint, Sample
from flink_job.bench.steady_window import steady_window


def test_the_warm_up_is_a_third_of_the_events_and_at_least_half_a_minute() -> None:
    # the first event is seen after a second
    steady = [(float(second), 100 * second) for second in range(101)]
    slow = steady_window(steady, 10_000)
    assert (slow.first, slow.last, slow.warm) == (34, 99, True)
    fast = steady_window(steady[:51], 5_000)
    assert (fast.first, fast.last, fast.warm) == (31, 49, True)


def test_a_short_run_is_measured_and_marked() -> None:
    part = steady_window([(float(second), 100 * second) for second in range(21)], 2_000)
    assert (part.first, part.last, part.warm) == (7, 19, False)


def test_what_comes_after_the_end_of_the_source_does_not_count() -> None:
    points = [(0.0, 0), (50.0, 500), (90.0, 800), (100.0, 900), (110.0, 1000), (200.0, 1000)]
    assert steady_window(points, 1000) == steady_window(points[:-1], 1000)
    assert steady_window(points, 1000).last == 3


def test_too_few_events_are_refused() -> None:
    with pytest.raises(SettingError, match="--events: 1,000 events are over before anything could be measured"):
        steady_window([(0.0, 0), (1.0, 400), (2.0, 1000)], 1000)


@given(st.lists(st.integers(0, 500), min_size=2, max_size=60))
def test_settled_lies_within_the_reading(steps: list[int]) -> None:
    points, events = [], 0
    for second, step in enumerate(steps):
        events += step
        points.append((float(second), events))
    try:
        part = steady_window(points, events)
    except SettingError:
        return
    assert part.first < part.last
    assert events / 3 <= points[part.first][1]
    assert points[part.last][1] < events


def test_cpu_by_name_adds_threads_of_one_kind_and_counts_new_ones_whole() -> None:
    before = {1: ("GC Thread", 1.0), 2: ("GC Thread", 2.0), 3: ("ended", 9.0)}
    after = {1: ("GC Thread", 1.5), 2: ("GC Thread", 4.0), 4: ("rings", 7.0)}
    assert list(spent(before, after).items()) == [("rings", 7.0), ("GC Thread", 2.5)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("GC Thread#1", "GC Thread"),
        ("rings (1/2)#0", "rings"),
        ("address stage (", "address stage"),
        ("C2 CompilerThre", "C2 CompilerThre"),
        ("7", "7"),
    ],
)
def test_thread_names(name: str, kind: str) -> None:
    assert thread_name(name) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="threads are told apart by /proc")
def test_usage_of_real_processes() -> None:
    """This process as a TaskManager with a worker below it."""
    stop = threading.Event()
    thread = threading.Thread(target=lambda: [sum(range(1000)) for _ in iter(stop.is_set, True)])
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    named = {"taskmanager-1": os.getpid(), "gone": 2**22 + 1}
    try:
        before, used = usage(named), time.process_time()
        thread.start()
        while time.process_time() - used < 0.3:  # not by the clock: others may have the cores
            thread.join(0.05)
        after = usage(named)
    finally:
        stop.set()
        thread.join()
        child.communicate(b"\n")
    assert set(after.resident) == {"taskmanager-1", WORKERS}
    assert all(size > 2**20 for size in after.resident.values())
    assert spent(before.processes, after.processes)["taskmanager-1"] > 0.1
    assert sum(spent(before.threads, after.threads).values()) > 0.1
    assert os.getpid() in after.threads


def _sample(second: int, events: int) -> Sample:
    cpu = {10: ("taskmanager-1", events * 100e-6), 11: (WORKERS, events * 50e-6), 12: (BROKER, events * 20e-6)}
    threads = {100: ("stage", events * 60e-6), 101: ("stage", events * 20e-6)}
    return Sample(1000.0 + second, events, ProcessUsage(cpu, threads, {"taskmanager-1": (100 + second % 7) * 2**20}))


def test_figures_of_a_run() -> None:
    samples = [_sample(second, min(200 * second, 20_000)) for second in range(120)]
    checkpoints = [Checkpoint(1, 1010.0, 100.0, {}), Checkpoint(2, 1020.0, 300.0, {})]
    run = engine_run("job", "kafka", 2, 20_000, samples, checkpoints, None)
    assert run.events_per_s == pytest.approx(200)
    assert (run.settled_events, run.settled_s, run.warm) == (13_000, 65.0, True)
    assert run.cpu_us == pytest.approx({"taskmanager-1": 100, WORKERS: 50, BROKER: 20})
    assert run.cpu_us_all == pytest.approx(150), "the broker is not ours"
    assert run.thread_cpu_us == pytest.approx({"stage": 80})
    assert run.peak_mib == {"taskmanager-1": 106.0}
    assert (run.checkpoints, run.checkpoint_ms) == (2, 200.0)
    assert rates(samples)[0] == (1.0, 200.0)
    assert run.series_events_per_s[-1] == 0.0


def test_a_worker_that_has_ended_does_not_make_the_run_cheaper() -> None:
    """A bounded job ends between two looks: the last one still sees it reading, but its worker is gone."""
    samples = [_sample(second, min(200 * second, 20_000)) for second in range(100)]
    last = samples[-1]
    gone = {key: used for key, used in last.usage.processes.items() if key != 11}
    samples[-1] = replace(last, usage=replace(last.usage, processes=gone, threads={}))
    run = engine_run("job", "file", 1, 20_000, samples, [], None)
    assert run.cpu_us == pytest.approx({"taskmanager-1": 100, WORKERS: 50, BROKER: 20})
    assert run.settled_s == 64.0
    other = [{40 + index: ("jobmanager", 1.0)} for index in range(len(samples))]
    never = [replace(sample, usage=replace(sample.usage, processes=one)) for sample, one in zip(samples, other, strict=True)]
    with pytest.raises(SettingError, match="more --events"):
        engine_run("job", "file", 1, 20_000, never, [], None)


def test_state_per_entity_by_task() -> None:
    sizes = {
        "Source: events 0 -> parse": 40,
        "account stage": 2_000,
        "device stage": 9_000,
        "address stage -> ip stage": 3_000,
        "rings": 500,
    }
    size = state_size(sizes, {"account": 2, "device": 10, "address": 4, "ip": 4}, 77)
    assert size.bytes_per_entity == {"account": 1_000, "device": 900}
    assert size.mean_bytes_per_entity == 14_000 / 20
    assert (size.state_bytes, size.events) == (14_540, 77)


def test_entities_of_the_first_lines(tmp_path: Path) -> None:
    path = simulated(2_000, 3, tmp_path)
    assert simulated(2_000, 3, tmp_path) == path
    lines = path.read_bytes().splitlines()
    assert count_lines(path) == len(lines) > 2_000
    graph = GraphSettings()
    parser = EventParser(graph, Pseudonyms(b"bench"))
    found = entities(first_lines(path, 500), parser, graph)
    events = [parser.parse(line) for line in lines[:500]]
    assert found["account"] == len({event.entities[0] for event in events})
    assert set(found) == set(graph.stages)
    assert 0 < found["device"] < entities(lines, parser, graph)["device"]
