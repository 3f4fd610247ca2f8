"""Which reasons are given: from the model itself, three where there are three, faithful to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from domain.decisions.reason_words import reads, tells
from domain.features.extractor import FeatureBatch, FeatureExtractor
from gnn.artifact.artifact import load_scorer
from gnn.evaluation import faithfulness as module
from gnn.evaluation.faithfulness import faithfulness, flagged, main
from gnn.scoring.ablated_inputs import Table
from gnn.scoring.explainer import ALWAYS, CANDIDATES, Explainer, strongest
from gnn.scoring.scorer import Scorer, tables_of
from gnn.training.training import train
from tests.support.gnn_history import GRAPH, documents, ignore, parser, quick, write

EXTRACTOR = FeatureExtractor(GRAPH)


@pytest.fixture(scope="module", params=["gbt", "gnn"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    history = write(folder / "train.jsonl", documents())
    train(quick(request.param, epochs=8), GRAPH, [history], folder / "model", parser(), ignore)
    write(folder / "events.jsonl", documents(events=800, frauds=40, seed=7))
    return folder / "model"


@pytest.fixture(scope="module")
def scorer(model: Path) -> Scorer:
    return load_scorer(model, GRAPH)


@pytest.fixture(scope="module")
def batch(model: Path, scorer: Scorer) -> FeatureBatch:
    return flagged(scorer, EXTRACTOR, parser(), [model.parent / "events.jsonl"], most=40)


def test_the_strongest_first_and_never_what_lowers_the_score() -> None:
    drops = np.array([[0.5, 3.0, -1.0, 0.0, 0.2, 0.1], [-1.0, -2.0, 0.0, 0.0, 0.0, 1e-12], [4.0, 0.01, 0.02, 0.03, 0.1, 0.3]])
    # 0.1 is less than a twentieth of 3.0, and so are the fourth ones of the third
    assert strongest(drops, 4) == [[1, 0, 4], [], [0, 5, 4]]
    assert strongest(drops, 2) == [[1, 0], [], [0, 5]]
    assert strongest(np.array([[4.0, 0.5, 0.4, 0.3, 0.1]]), 5) == [[0, 1, 2, 3]]
    assert strongest(np.array([[4.0, 0.02, 0.01]]), 5) == [[0, 1, 2]]


def test_at_least_three_reasons_where_three_groups_raise_the_score(scorer: Scorer, batch: FeatureBatch) -> None:
    drops = scorer.explain(batch)
    for found, drop in zip(Explainer(scorer, EXTRACTOR, 5).reasons(batch), drops, strict=True):
        assert min(ALWAYS, int((drop > 1e-8).sum())) <= len(found) <= 5
        assert [reason.weight for reason in found] == sorted((float(weight) for weight in drop), reverse=True)[: len(found)]
        assert len({reason.code for reason in found}) == len(found)
    assert all(len(found) <= 1 for found in Explainer(scorer, EXTRACTOR, 1).reasons(batch))


def test_the_first_reason_names_the_amount_that_gave_the_fraud_away(scorer: Scorer, batch: FeatureBatch) -> None:
    first = [found[0] for found in Explainer(scorer, EXTRACTOR, 4).reasons(batch)]
    assert np.mean([reason.code.endswith("_AMOUNT") and "amount" in reason.text for reason in first]) > 0.9
    assert any("usual" in reason.text for reason in first)


def test_events_of_which_nothing_is_unusual_have_no_reasons(scorer: Scorer, batch: FeatureBatch) -> None:
    """A rule or a list may flag them."""
    event, *tables = scorer.reference.middle
    usual = FeatureBatch(
        np.tile(event, (2, 1)),
        tuple(
            replace(entity[:2], node=np.tile(node, (2, 1)), mask=np.zeros_like(entity.mask[:2]))
            for entity, node in zip(batch.entities, tables, strict=False)
        ),
    )
    assert Explainer(scorer, EXTRACTOR, 4).reasons(usual) == [[], []]


def test_reasons_of_an_event_do_not_hang_on_the_batch(scorer: Scorer, batch: FeatureBatch) -> None:
    explainer = Explainer(scorer, EXTRACTOR, 4)
    for row, found in enumerate(explainer.reasons(batch)):
        alone = explainer.reasons(batch[row : row + 1])[0]
        assert [(reason.code, reason.text) for reason in alone] == [(reason.code, reason.text) for reason in found]
        assert [reason.weight for reason in alone] == pytest.approx([reason.weight for reason in found], abs=1e-6)


def test_the_named_input_alone_brings_the_score_back_most(scorer: Scorer, batch: FeatureBatch) -> None:
    """Against every input of the group that reads otherwise than usual, tried one by one; of more than
    CANDIDATES not all are.
    """
    explainer = Explainer(scorer, EXTRACTOR, 1)
    usual = dict(zip(tables_of(EXTRACTOR), scorer.reference.middle, strict=True))
    asked = [(row, group) for row, groups in enumerate(strongest(scorer.explain(batch), 4)) for group in groups][:60]
    compared = 0
    for (row, group), named in zip(asked, explainer._leading(batch, asked), strict=True):
        inputs = scorer.inputs[group]
        features, middle, found = tables_of(EXTRACTOR)[inputs.table], usual[inputs.table], values(batch, row, inputs.table)
        otherwise = [at for at in inputs.columns.tolist() if tells(features[at], float(found[at]), reads(features[at], float(middle[at])))]
        if 1 < len(otherwise) <= CANDIDATES:
            logits = {at: scorer.logits_without(batch, np.array([row]), [[inputs.but(at)]])[0] for at in otherwise}
            assert logits[named] == pytest.approx(max(logits.values()), abs=1e-9)
            compared += 1
    assert compared > 5


def values(batch: FeatureBatch, row: int, table: Table) -> np.ndarray:
    """Of all columns, the mean over an entity's links."""
    where, kind = table
    entity = batch.entities[kind]
    if where == "link":
        return entity.links[row][entity.mask[row]].mean(axis=0)
    return batch.event[row] if where == "event" else entity.node[row]


def test_taking_away_the_named_evidence_costs_more_than_other_evidence(scorer: Scorer, batch: FeatureBatch) -> None:
    found = faithfulness(scorer, batch)
    assert found.events == len(batch) and 1.0 <= found.reasons <= 4.0
    assert found.named_drop > 1.0 and found.named_drop > 5.0 * abs(found.random_drop)
    assert found.named_above_random > 0.95 and found.decision_lost > 0.9 > 0.3 > found.decision_lost_at_random
    assert faithfulness(scorer, batch) == found


def test_reasons_that_are_made_up_are_found_out(scorer: Scorer, batch: FeatureBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "strongest", lambda drops, most: strongest(-drops, most))
    found = faithfulness(scorer, batch)
    assert found.named_drop < found.random_drop and found.named_above_random < 0.5


def test_the_command_prints_and_writes_the_figures(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events, out = str(model.parent / "events.jsonl"), tmp_path / "f.json"
    assert main(["--model", str(model), "--events", events, "--draws", "2", "--json", str(out)]) == 0
    assert "named_above_random" in capsys.readouterr().out and '"decision_lost"' in out.read_text()


def test_the_command_says_what_is_wrong(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", str(tmp_path), "--events", "none.jsonl"]) == 1
    assert "there is no model at" in capsys.readouterr().err
    quiet = write(tmp_path / "quiet.jsonl", iter([replace_amount(line) for line in documents(events=60, frauds=2)]))
    assert main(["--model", str(model), "--events", str(quiet)]) == 1
    assert "flags no event" in capsys.readouterr().err


def replace_amount(line: dict) -> dict:
    return {**line, "amount": 20.0} if "amount" in line else line
