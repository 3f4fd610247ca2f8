"""Ratios, target_verdicts, tables and plots from a document as a run leaves it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from flink_job.bench.control_part import ControlCost, ListCost, RulesCost
from flink_job.bench.engine_run import EngineRun, StateSize
from flink_job.bench.growth_part import Cost, Growth
from flink_job.bench.latency_part import Latency, Level
from flink_job.bench.plots import plot
from flink_job.bench.redis_part import LoopRun, PacedLevel, SteadyLoad
from flink_job.bench.replay_part import ReplayRun
from flink_job.bench.report import number, report, table
from flink_job.bench.service_part import AnsweredLevel, ServiceRun
from flink_job.bench.skew_part import NOBODY, Skew, SkewLevel
from flink_job.bench.targets import AIM, MISSED, MUST, UNKNOWN, target_verdicts

STATE = StateSize(90_000, 9_000_000, {"account": 5_000, "device": 4_000}, {"account": 1_100.0}, 1_500.0)
RUN = EngineRun(
    what="ringwatch",
    source="file",
    parallelism=1,
    events=100_000,
    settled_events=60_000,
    settled_s=10.0,
    warm=True,
    events_per_s=6_000.0,
    cpu_us={"taskmanager-1": 150.0, "python workers": 100.0},
    cpu_us_all=250.0,
    thread_cpu_us={"account stage": 40.0, "idle": 0.1},
    peak_mib={"taskmanager-1": 1_000.0, "python workers": 500.0},
    checkpoints=3,
    checkpoint_ms=120.0,
    state=STATE,
    series_s=[1.0, 2.0],
    series_events_per_s=[5_900.0, 6_100.0],
)
POINTS = {"p50": 20.0, "p95": 60.0, "p99": 90.0, "p99.9": 2_000.0}

LOOP = LoopRun(False, 3_500.0, {"taskmanager-1": 170.0, "redis": 12.0}, (PacedLevel(500.0, True, 3.0, 1_000, POINTS, {}),), None)
ANSWERED = AnsweredLevel(300.0, 300.0, 90_000, POINTS, 2_100.0, 7, {"200": 89_990, "429": 10}, 3, 0, 1.5, {"service": 480.0, "load": 90.0})
KILLED = replace(ANSWERED, rate=150.0, statuses={"200": 90_000}, fallbacks=700)
SERVICE = ServiceRun(1000, replace(KILLED, fallbacks=9), (ANSWERED,), KILLED, 180_000, 3, 179_999, 0, 1)
STEADY = SteadyLoad(500.0, 600.0, (10.0, 44.0, 45.0, 46.0, 45.0, 45.0), {"stream": 4, "hash": 2})


def _level(share: float, **changes: Any) -> Level:
    return replace(Level(share, share * 6_000, True, 5.0, 1_000, POINTS, POINTS, 30), **changes)


@pytest.fixture
def document() -> dict[str, Any]:
    other = asdict(replace(RUN, what="Flink SQL", events_per_s=4_000.0, state=None, warm=False, checkpoint_ms=None))
    costs = (Cost(10_000, 9_999, 500.0, 90.0, 40.0), Cost(1_000_000, 999_999, 510.0, 150.0, 58.0))
    found: dict[str, Any] = {
        "began": "2026-01-01T00:00:00+00:00",
        "machine": {"cpu": "a CPU", "cores": 2, "memory_gib": 8.0, "system": "Linux", "load_before": [0.1, 0.2, 0.3]},
        "versions": {"python": "3.11"},
        "kafka": "measured",
        "job": {
            "runs": [asdict(RUN), asdict(replace(RUN, parallelism=2, events_per_s=8_000.0, cpu_us_all=375.0))],
            "first_decision_s": 14.0,
        },
        "sql": {"runs": [other]},
        "naive": {"runs": [asdict(replace(RUN, what="naive PyFlink", events_per_s=400.0))]},
        "replay": asdict(ReplayRun(100_000, 5_000.0, 190.0, 9_000, 40.0)),
        "latency": {
            "runs": [
                asdict(
                    Latency(
                        "kafka", 1, 6_000.0, 5.0, 30.0, (_level(0.5), _level(0.7), _level(0.9, kept_up=False, alerts={}, alert_count=0))
                    )
                ),
                asdict(Latency("kafka", 2, 6_000.0, 5.0, 30.0, (_level(0.7, decisions=POINTS | {"p99": 260.0}),))),
            ]
        },
        "skew": asdict(
            Skew(
                "kafka",
                4,
                900.0,
                30.0,
                (SkewLevel(NOBODY, True, POINTS, {}), SkewLevel("a device", False, POINTS | {"p99": 135.0}, POINTS)),
            )
        ),
        "redis": {"max_length": 30_000, "runs": [asdict(LOOP), asdict(replace(LOOP, early_approval=True, steady=STEADY))]},
        "service": asdict(SERVICE),
        "control": asdict(ControlCost((RulesCost("worst", 200, 7.25, 61.0),), ListCost(1_000_000, 48.0, 24.0, 0.41, 1.9), 4.2, 12.5, 0.75)),
        "growth": asdict(Growth(costs, costs, 50_000, 40.0, 60.0, None)),
    }
    found["targets"] = target_verdicts(found)
    return found


def test_verdicts(document: dict[str, Any]) -> None:
    found = {one["name"].split(",")[0]: (one["value"], one["met"]) for one in document["targets"]}
    assert found == {
        "job at full load": (8_000.0, MUST),
        "job : Flink SQL": (1.5, MUST),
        "job": (1.6, AIM),
        "job : naive PyFlink": (15.0, AIM),
        "p99 to decision at 50% load": (90.0, AIM),
        "p99.9 to decision at 70% load": (2_000.0, MISSED),
        "p99 to decision at 70% load": (260.0, MUST),
        "p99 of others beside an entity with 30% of the events : without it": (1.5, MUST),
        "Redis alone at full load": (3_500.0, AIM),
        "Redis alone: p50 to decision at 500/s": (20.0, AIM),
        "Redis alone: p99 to decision at 500/s": (90.0, AIM),
        "POST /v1/score: p99 at 300/s": (90.0, AIM),
        "CPU per event": (250.0, MUST),
        "parallelism 2 : parallelism 1": (1.5, MISSED),
        "state per entity": (1_500.0, MUST),
        "cost per event": (1.6, MISSED),
        "start to first decision": (14.0, MUST),
    }


def test_what_was_not_measured_is_no_verdict() -> None:
    assert {one["met"] for one in target_verdicts({})} == {UNKNOWN}
    assert all(one["value"] is None for one in target_verdicts({}))


def test_ratios_need_both_sides(document: dict[str, Any]) -> None:
    del document["sql"], document["job"], document["redis"], document["service"]
    met = [one["met"] for one in target_verdicts(document)]
    assert met.count(UNKNOWN) == 12


def test_the_document_is_json_and_its_tables_name_every_part(document: dict[str, Any]) -> None:
    text = report(json.loads(json.dumps(document)))
    for shown in (
        "| job : Flink SQL, both from file at parallelism 1 | 1.5 x | 1 | 2 | must |",
        "| Flink SQL, file, parallelism 1 | 4,000 | 250 | 60,000 in 10 s (too short to be warm) | 3 |  |",
        "150 / 1,000",
        "account stage 40.",
        "1,100 x 5,000 | 4,000 |",
        "100,000 events: 5,000 events/s, 190 us of CPU per event",
        "## Latency, from kafka at parallelism 2",
        "## Skew, from kafka at parallelism 4",
        "| a device, not kept up with | 20 / 60 / 135 / 2,000 | 20 / 60 / 90 / 2,000 |",
        "| none | 20 / 60 / 90 / 2,000 | none |",
        "| 90%, 5,400/s, not kept up with | 20 / 60 / 90 / 2,000 | 1,000 | none | 0 |",
        "| 1,000,000 | 150 | 58 | 208 | 510 |",
        "80 s per 100,000",
        "| full load | events/s | taskmanager-1 | redis |\n| --- | ---: | ---: | ---: |\n| as by default | 3,500 | 170 | 12 |",
        "| early approval, 500/s | 20 / 60 / 90 / 2,000 |",
        "600 s at 500/s, streams of about 30,000 entries: Redis used 10 MiB first, 45 after a third, 46 at most, 45 at the end; "
        "keys at the end: 2 hash, 4 stream.",
        "| 300/s | 90,000 | 20 / 60 / 90 / 2,000 | 2,100 | 7 | 10 | 3 |",
        "| 150/s, a cold job | 90,000 | 20 / 60 / 90 / 2,000 | 2,100 | 7 | 0 | 9 |",
        "| 150/s, TaskManager killed | 90,000 | 20 / 60 / 90 / 2,000 | 2,100 | 7 | 0 | 700 |",
        "| offered | service | load |",
        "180,000 events were accepted: 179,999 were decided once, 0 again, 1 never. Not accepted: 3.",
        "| 200 rules, worst | 7.25 | 61 |",
        "1,000,000 entries: 48 ms to build, 24 MiB, 0.41 us an event without a hit, 1.9 us with one",
    ):
        assert shown in text
    assert "idle" not in text


def test_parts_that_were_not_measured_are_left_out(document: dict[str, Any]) -> None:
    for part in ("job", "sql", "naive", "latency", "skew", "redis", "service", "growth", "control"):
        del document[part]
    text = report(document)
    assert "Replay" in text
    assert not any(title in text for title in ("Full load", "State", "Latency", "Skew", "## Redis", "Growth", "Rules and lists"))


def test_table_and_numbers() -> None:
    assert table(("a", "b"), [("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"
    assert [number(value) for value in (12_345.6, 123.4, 12.34, 0.01234)] == ["12,346", "123", "12.3", "0.0123"]


def test_plots(document: dict[str, Any], tmp_path: Path) -> None:
    plot(document, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["growth.png", "latency-1.png", "latency-2.png", "throughput.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.iterdir())
