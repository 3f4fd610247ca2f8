"""Scenarios, segments, event types and rings of random histories, by brute force, and the tables of them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score

from gnn.evaluation import ScoredTruth, evaluate_rows
from gnn.evaluation.slices import MOST_SLICES
from gnn.evaluation.tables import detail_tables, duration, summary_rows
from gnn.history.train_settings import Costs
from tests.support.evaluation_samples import history


@pytest.mark.parametrize("seed", range(3))
def test_scenarios_and_segments_by_brute_force(seed: int) -> None:
    scored = history(seed)
    rows, found = scored.rows, evaluate_rows(scored, Costs())
    kinds = rows.ring_kind.astype(object).where(rows.ring_kind.notna(), "none")
    assert {row.kind for row in found.scenarios} == {"farm", "mill", "den", "none"}
    for row in found.scenarios:
        its = rows[rows.fraud & (kinds == row.kind)]
        ranked = pd.concat([its, rows[~rows.fraud]])
        assert (row.frauds, row.flagged, row.blocked) == pytest.approx((len(its), its.flagged.mean(), its.blocked.mean()))
        assert row.average_precision == pytest.approx(average_precision_score(ranked.fraud, ranked.score))
    assert sum(row.frauds for row in found.scenarios) == rows.fraud.sum()

    good = rows[~rows.fraud]
    assert {row.name for row in found.segments} == {"home", "office", "locker"}
    for segment in found.segments:
        mine, others = good[good.segment == segment.name], good[good.segment != segment.name]
        assert (segment.legitimate, segment.flagged, segment.blocked) == (len(mine), mine.flagged.mean(), mine.blocked.mean())
        assert segment.flagged_to_others == pytest.approx(mine.flagged.mean() / others.flagged.mean())


@pytest.mark.parametrize("seed", range(3))
def test_event_types_by_scikit_learn(seed: int) -> None:
    scored = history(seed)
    found = evaluate_rows(scored, Costs()).event_types
    assert {kind.event_type for kind in found} == {"order", "login"}
    for kind in found:
        its = scored.rows[scored.rows.event_type == kind.event_type]
        assert (kind.events, kind.frauds) == (len(its), its.fraud.sum())
        assert kind.precision == pytest.approx(precision_score(its.fraud, its.flagged))
        assert kind.recall == pytest.approx(recall_score(its.fraud, its.flagged))
        assert kind.flagged_legitimate == pytest.approx(its.flagged[~its.fraud].mean())
        assert kind.average_precision == pytest.approx(average_precision_score(its.fraud, its.score))


@pytest.mark.parametrize("seed", range(3))
def test_ring_detection_by_brute_force(seed: int) -> None:
    scored = history(seed)
    events = [row for row in scored.rows.itertuples() if row.fraud and row.ring >= 0]
    seconds, early, third = {}, set(), set()
    for ring in {row.ring for row in events}:
        its = sorted((row for row in events if row.ring == ring), key=lambda row: row.time_ms)
        flags = [row for row in its if row.flagged]
        if flags:
            seconds[ring] = (flags[0].time_ms - its[0].time_ms) / 1000
            early |= {ring} if all(row.member <= 3 for row in its if row.time_ms <= flags[0].time_ms) else set()
            third |= {ring} if min(row.member for row in flags) <= 3 else set()
    every, *kinds = evaluate_rows(scored, Costs()).ring_detection
    assert (every.kind, every.rings, every.flagged) == ("all", len({row.ring for row in events}), len(seconds))
    assert (every.by_third_member, every.before_fourth_member) == (len(third), len(early))
    assert every.median_s == pytest.approx(np.median(list(seconds.values())))
    assert every.p90_s == pytest.approx(np.quantile(list(seconds.values()), 0.9))
    for kind in kinds:
        its = [seconds[ring] for ring in seconds if ["farm", "mill", "den"][ring % 3] == kind.kind]
        assert (kind.flagged, kind.median_s) == (len(its), pytest.approx(np.median(its)))


def test_parts_with_nothing_to_divide_by() -> None:
    """Neither frauds nor flags, and more segments than a table takes."""
    rows = history(0).rows.assign(fraud=False, flagged=False, blocked=False)
    rows["segment"] = pd.Categorical([f"s{number % 80}" for number in range(len(rows))])
    found = evaluate_rows(ScoredTruth(rows, pa.chunked_array([["x"] * len(rows)]), 0, "m"), Costs())
    assert len(found.segments) == MOST_SLICES
    assert {segment.flagged_to_others for segment in found.segments} == {None}
    assert (found.scenarios, found.ring_detection, found.precision_at_k, found.recall_at_01pct_fpr) == ((), (), (), None)
    assert {(kind.precision, kind.recall, kind.average_precision) for kind in found.event_types} == {(None, None, None)}
    assert json.dumps(found.document(), allow_nan=False)
    tables = detail_tables(found)
    assert [table.title for table in tables] == ["Segments", "Event types"]
    assert "The 50 largest." in tables[0].note


def test_summary_says_what_was_found() -> None:
    scored = history(1)
    rows = dict(summary_rows(evaluate_rows(scored, Costs(), [7])))
    assert rows["fraudulent events"] == str(scored.rows.fraud.sum())
    assert rows["precision at 7 accounts a day"].endswith(" possible")
    assert "before a fourth acted; first flag after" in rows["rings"]
    assert [duration(s) for s in (None, 0.0, 59.0, 5400.0, 129_600.0)] == ["-", "0 seconds", "59 seconds", "1.5 hours", "1.5 days"]
