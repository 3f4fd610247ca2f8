"""The scorer gives the documents of the decider."""

from __future__ import annotations

import json
import pickle
import time
import warnings

import pandas as pd
import pytest

from domain.decisions.enriched import Enricher
from domain.decisions.policy import PolicySettings
from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import LABEL_CODE
from domain.health.label_quality import flagged_text
from domain.memory.trail import Trail, TrailCodec
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from tests.support.job_process import without_clock

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.score import Enriched, Score
from tests.support.operator_runtime import GRAPH, KEY, Runtime

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_score_gives_the_documents_of_the_decider() -> None:
    lines = [json.dumps(document).encode() for document in simulate(SimulatorSettings(events=60, seed=2)).documents()]
    replay, policy = Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode()))), PolicySettings(investigate_at=0.01)
    trails = [found[1] for found in map(replay.take, lines) if found]
    score = pickle.loads(pickle.dumps(Score(GRAPH, str(PRETRAINED), policy)))
    runtime = Runtime()
    score.open(runtime)
    began_ms = time.time_ns() // 1_000_000
    frame = score.eval(pd.Series(trails))
    (decided_ms,) = {json.loads(document)["decided_at"] for document in frame["document"]}
    assert began_ms < decided_ms <= time.time_ns() // 1_000_000, "the clock after the model, not before"
    expected = Decider(GRAPH, load_scorer(PRETRAINED, GRAPH), policy, Pseudonyms(KEY.encode())).decide(trails, lambda: 0)
    assert list(frame.columns) == ["document", "flagged", "joins", "clock", "health"]
    assert frame["clock"].tolist() == [TrailCodec(GRAPH).decode(trail).clock_ms for trail in trails]
    assert without_clock(map(json.loads, frame["document"])) == without_clock(decision.to_document() for decision in expected)
    assert frame["flagged"].tolist() == [decision.is_flagged for decision in expected]
    assert 0 < frame["flagged"].sum() < len(frame)
    codec = TrailCodec(GRAPH)
    flagged = [trail for trail, one in zip(trails, expected, strict=True) if one.is_flagged]
    news = [flagged_text(codec.event(trail).identity, codec.clock_ms(trail)) for trail in flagged]
    told = [line for text in frame["health"] if text for line in text.split("\n")]
    assert [line for line in told if json.loads(line)["about"] == "flagged"] == news
    counts = runtime.counts
    assert counts["decisions{decision=approve}"] == len(frame) - frame["flagged"].sum()
    assert counts["score_bucket{le=+Inf}"] == counts["score_count"] == counts["decision_latency_ms_count"] == len(frame)
    assert counts["score_bucket{le=0.5}"] == sum(decision.score <= 0.5 for decision in expected)
    assert counts["score_batches"] == 1


@pytest.mark.parametrize("with_features", [True, False])
def test_enriched_documents_are_made_beside_the_decisions(with_features: bool) -> None:
    lines = [json.dumps(document).encode() for document in simulate(SimulatorSettings(events=60, seed=2)).documents()]
    replay = Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode())))
    trails = [found[1] for found in map(replay.take, lines) if found]
    score = pickle.loads(pickle.dumps(Score(GRAPH, str(PRETRAINED), PolicySettings(), enriched=Enriched(with_features))))
    score.open(Runtime())
    frame, enricher = score.eval(pd.Series(trails)), Enricher(GRAPH, with_features)
    assert list(frame.columns)[-1] == "enriched"
    assert frame["enriched"].tolist() == [enricher.text(*both) for both in zip(trails, frame["document"], strict=True)]
    assert ("features" in json.loads(frame["enriched"][0])) == with_features


@pytest.mark.parametrize("events", [0, 20])
def test_a_line_that_forgets_an_account_passes_among_the_events_and_decides_nothing(events: int) -> None:
    lines = [json.dumps(document).encode() for document in simulate(SimulatorSettings(events=20, seed=2)).documents()]
    replay = Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode())))
    trails = [found[1] for found in map(replay.take, lines) if found][:events]
    trail, at = Trail(Event("f", LABEL_CODE, 5, (7, 0, 0), 1, is_fraud=None)), min(3, events)
    trail.clock_ms = 99
    score = pickle.loads(pickle.dumps(Score(GRAPH, str(PRETRAINED), PolicySettings(), enriched=Enriched(False))))
    score.open(Runtime())
    frame = score.eval(pd.Series([*trails[:at], TrailCodec(GRAPH).encode(trail), *trails[at:]]))
    row = {"document": "", "flagged": True, "joins": f"{7:016x}", "clock": 99, "health": None, "enriched": ""}
    assert (frame.iloc[at].to_dict(), frame.index.tolist(), frame.columns.tolist()) == (row, list(range(len(frame))), list(row))
    if events:
        plain, kept = score.eval(pd.Series(trails)), frame.drop(at)
        assert without_clock(map(json.loads, kept["document"])) == without_clock(map(json.loads, plain["document"]))
        assert (kept["clock"].tolist(), kept["flagged"].tolist()) == (plain["clock"].tolist(), plain["flagged"].tolist())


def test_model_folder_is_all_that_is_shipped_of_the_model() -> None:
    assert len(pickle.dumps(Score(GRAPH, str(PRETRAINED), PolicySettings()))) < 4096
    assert PRETRAINED.is_absolute()
