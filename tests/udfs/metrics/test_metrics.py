"""What the operators count: histograms of counters, labels of a closed list, what a summary took."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.decision import APPROVE
from tests.support.incident_samples import alert
from tests.support.metric_group import Group
from udfs.metrics.approval_metrics import ApprovalMetrics
from udfs.metrics.incident_metrics import IncidentMetrics, kind_of
from udfs.metrics.labelled_counter import LabelledCounter
from udfs.metrics.score_metrics import LATENCY_BOUNDS_MS, SCORE_BOUNDS, CounterHistogram, ScoreMetrics
from udfs.metrics.shared_counters import SharedCounters


@given(st.lists(st.floats(0, 2), max_size=50))
def test_buckets_are_cumulative(values: list[float]) -> None:
    group = Group()
    histogram = CounterHistogram(group, "score", (0.1, 0.5, 1.0))  # type: ignore[arg-type]
    histogram.observe(values)
    histogram.observe([])
    bounds = {"0.1": 0.1, "0.5": 0.5, "1": 1.0, "+Inf": 9.0}
    assert {label: group.counts[f"score_bucket{{le={label}}}"] for label in bounds} == {
        label: sum(value <= bound for value in values) for label, bound in bounds.items()
    }
    assert group.counts["score_count"] == len(values)


# a decision holds no other score
SCORES = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(SCORE_BOUNDS))


WAITED_MS = st.one_of(st.integers(-(2**40), 2**40), st.sampled_from(LATENCY_BOUNDS_MS), st.integers(0, 100))


@given(st.lists(st.tuples(SCORES, WAITED_MS), max_size=20))
def test_an_event_approved_alone_counts_as_one_approved_by_the_worker(approved: list[tuple[float, int]]) -> None:
    """Each event at once; the worker counts them together."""
    alone, worker, decided_ms = Group(), Group(), 2**41
    metrics = ApprovalMetrics(alone)  # type: ignore[arg-type]
    codec: Any = SimpleNamespace(entered_ms=lambda waited_ms: decided_ms - waited_ms)
    by_worker = ScoreMetrics(worker, codec)  # type: ignore[arg-type]
    for count, (score, waited_ms) in enumerate(approved, 1):
        metrics.count(score, waited_ms)
        assert alone.read()["score_count"] == count
    approval = alert(decision=APPROVE).decision
    decisions = [approval._replace(score=score) for score, _ in approved]
    trails: Any = [waited_ms for _, waited_ms in approved]
    by_worker.count(trails, decisions, decided_ms * 1_000_000, decided_ms * 1_000_000, 0, 0)
    of_worker_alone = {"score_batches", "score_busy_us", "model_load_failures", "shadow_load_failures"}
    known = {name: count for name, count in worker.read().items() if not name.startswith("shadow_decisions")}
    assert alone.read() == {name: count for name, count in known.items() if name not in of_worker_alone}


def test_there_are_as_many_shared_counters_as_were_asked_for() -> None:
    group: Any = Group()
    counters = SharedCounters(group, 2)
    counters.show(group, "events", 1)
    counters.cells[1] += 3
    assert group.read() == {"events": 3}
    for index in (-1, 2):
        with pytest.raises(IndexError, match=f"2 counters, and none at {index}"):
            counters.show(group, "labels", index)


def test_a_value_that_is_not_listed_counts_as_other() -> None:
    group = Group()
    counter = LabelledCounter(group, "rejected", "field", ("amount",))  # type: ignore[arg-type]
    assert group.counts == {"rejected{field=amount}": 0, "rejected{field=other}": 0}, "series begin at 0"
    for name in ("amount", "a field that somebody sent", "amount"):
        counter.inc(name)
    assert group.counts == {"rejected{field=amount}": 2, "rejected{field=other}": 1}


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("circuit open", "circuit_open"),
        ("llm.money_per_day is used up", "budget"),
        ("budget unknown, Redis gives TimeoutError", "budget"),
        ("no summary within 30 s", "patience"),
        ("timeout", "patience"),
        ("refused: it cites F9", "refused"),
        ("HTTP 503", "endpoint"),
        ("no answer within 15 s", "endpoint"),
        ("no connection", "endpoint"),
        ("the connection broke", "endpoint"),
        ("HTTP 429 rate_limit_exceeded: Too many requests", "endpoint"),
        ("asks to wait 52220 s: HTTP 429: Rate limit of 50 per 86400s exceeded", "endpoint"),
        ("content_filter: the answer was filtered", "endpoint"),
        ("the model declines: I cannot help with that.", "endpoint"),
        ("the answer is empty", "endpoint"),
        ("circuit open: HTTP 401: Incorrect API key", "circuit_open"),
        ("32 others wait", "queue_full"),
        ("unexpected KeyError", "other"),
    ],
)
def test_reasons_of_fallbacks_fall_into_a_few_kinds(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind


def revision(circuit: str | None, reason: str | None = None, **changes: Any) -> dict[str, Any]:
    writer = {"name": "template" if reason else "llm", "retries": 1, "fallback_reason": reason, "cached": False}
    return {
        "status": "grown",
        "writer": {**writer, "input_tokens": 900, "output_tokens": 100, "cost": 0.00052, "calls": 2, "circuit": circuit, **changes},
    }


def test_a_revision_tells_what_its_summary_took() -> None:
    group = Group()
    metrics = IncidentMetrics(group)  # type: ignore[arg-type]
    metrics.count(revision("closed"))
    metrics.count({"status": "overflow"})
    counts = {name: count for name, count in group.counts.items() if count}
    assert counts == {
        "incident_revisions{status=grown}": 1, "incident_revisions{status=overflow}": 1, "summaries{writer=llm}": 1,
        "llm_calls": 2, "llm_input_tokens": 900, "llm_output_tokens": 100, "llm_retries": 1, "llm_cost_micros": 520,
    }  # fmt: skip


def test_the_circuit_goes_up_and_down() -> None:
    group = Group()
    metrics = IncidentMetrics(group)  # type: ignore[arg-type]
    seen = []
    for circuit in ("closed", "open", "half-open", "closed", "open", None):
        metrics.count(revision(circuit, "circuit open"))
        seen.append((group.counts["llm_circuit_open"], group.counts["llm_circuit_openings"]))
    assert seen == [(0, 0), (1, 1), (1, 1), (0, 1), (1, 2), (0, 2)]
    assert group.counts["llm_fallbacks{reason=circuit_open}"] == 6
