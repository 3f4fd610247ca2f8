"""Artifacts that cannot be used are refused in one sentence; writing is all or nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from domain.errors import SettingError
from domain.graph import GraphSettings
from gnn.artifact import artifact
from gnn.artifact.artifact import check_target, load_scorer, read_card
from gnn.card.card import ArtifactError
from gnn.history.train_settings import Costs, TrainSettings
from gnn.network.weights import Shapes, load_weights, save_weights
from gnn.training.training import train
from tests import ROOT
from tests.support.gnn_history import GRAPH, documents, ignore, parser, quick, write


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifact")
    history = write(folder / "events.jsonl", documents())
    train(quick("gnn", epochs=1), GRAPH, [history], folder / "model", parser(), ignore)
    return folder / "model"


@pytest.fixture
def model(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "model")
    return tmp_path / "model"


def edit_card(model: Path, change: Callable[[dict], object]) -> None:
    card = json.loads((model / "card.json").read_text())
    change(card)
    (model / "card.json").write_text(json.dumps(card))


def reshape_reference(model: Path, name: str, drop: bool = False) -> None:
    arrays = load_file(model / "reference.safetensors")
    changed = arrays.pop(name)[1:]
    save_file(arrays if drop else {**arrays, name: changed}, model / "reference.safetensors")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"entities": ("account", "merchant")}, r"graph\.entities = \[account, device, address\], the config has \[account, merchant\]"),
        ({"links": 5}, r"graph\.links = 4, the config has 5"),
        ({"half_lives_s": (60.0,)}, r"graph\.half_lives_s"),
        ({"ttl_days": 30.0}, r"graph\.ttl_days"),
        ({"numeric_attributes": ("age",)}, r"graph\.numeric_attributes"),
    ],
)
def test_another_graph_is_refused_naming_the_setting(model: Path, change: dict, field: str) -> None:
    with pytest.raises(ArtifactError, match=f"{field}.*train again or restore graph"):
        load_scorer(model, replace(GRAPH, **change))


def test_other_features_are_refused(model: Path) -> None:
    edit_card(model, lambda card: card["features"]["event"].reverse())
    with pytest.raises(ArtifactError, match="features of version"):
        load_scorer(model, GRAPH)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda model: shutil.rmtree(model), "there is no model at"),
        (lambda model: (model / "card.json").unlink(), "there is no model at"),
        (lambda model: (model / "card.json").write_bytes(b"\xff\xfe"), "is not text"),
        (lambda model: (model / "card.json").write_text("{"), "is not JSON"),
        (lambda model: (model / "card.json").write_text("[1]"), "not a model card"),
        (lambda model: edit_card(model, lambda card: card.update(card_format=99)), "not a model card of format 2"),
        (lambda model: edit_card(model, lambda card: card.update(card_format=1)), "is of format 1.*train again with this release"),
        (lambda model: reshape_reference(model, "inputs.edges"), "incomplete or damaged"),
        (lambda model: reshape_reference(model, "usual", drop=True), "incomplete or damaged"),
        (lambda model: edit_card(model, lambda card: card.pop("thresholds")), "card.json is damaged"),
        (lambda model: edit_card(model, lambda card: card["graph"].update(links=-1)), "card.json is damaged"),
        (lambda model: edit_card(model, lambda card: card.update(model="oracle")), "unknown model 'oracle'"),
        (lambda model: (model / "weights.safetensors").unlink(), "weights.safetensors is missing"),
        (lambda model: (model / "weights.safetensors").write_bytes(b"x"), "is not the file its card describes"),
        (lambda model: (model / "reference.safetensors").unlink(), "incomplete or damaged"),
        (lambda model: (model / "reference.safetensors").write_bytes(b"xxxxxxxxxx"), "incomplete or damaged"),
        (lambda model: edit_card(model, lambda card: card["hyperparameters"].update(hidden=16)), "does not fit its card"),
    ],
)
def test_a_damaged_artifact_is_refused_in_one_sentence(model: Path, damage: Callable[[Path], object], complaint: str) -> None:
    damage(model)
    with pytest.raises(ArtifactError, match=complaint) as refused:
        load_scorer(model, GRAPH)
    assert "\n" not in str(refused.value)
    assert str(refused.value).count("train again") <= 1


@pytest.mark.parametrize(
    ("shapes", "complaint"),
    [
        ({"a": (2,)}, "b is unexpected"),
        ({"a": (2,), "b": (3, 1), "c": (1,)}, "c is missing"),
        ({"a": (2,), "b": (1, 3)}, r"b is of shape \(3, 1\) where \(1, 3\) belongs"),
    ],
)
def test_weights_of_another_network_are_refused_naming_the_first(tmp_path: Path, shapes: Shapes, complaint: str) -> None:
    save_weights({"a": np.zeros(2, np.float32), "b": np.zeros((3, 1), np.float32)}, tmp_path)
    with pytest.raises(ArtifactError, match=rf"does not fit its card \({complaint}\); copy the artifact again or train again"):
        load_weights(tmp_path, shapes)


def test_the_reference_comes_back_as_it_was_saved(model: Path) -> None:
    scorer = load_scorer(model, GRAPH)
    arrays = load_file(model / "reference.safetensors")
    assert np.array_equal(scorer.reference.inputs.edges, arrays["inputs.edges"])
    assert np.array_equal(scorer.reference.scores.share, arrays["scores.share"])
    assert np.array_equal(scorer.reference.usual, arrays["usual"])
    assert [len(mean) for mean in scorer.reference.moments.mean] == [len(middle) for middle in scorer.reference.middle]


def test_the_card_as_a_page_says_what_the_card_says(model: Path) -> None:
    card, page = read_card(model), (model / "card.md").read_text()
    assert card.data.validation_frauds > 0
    for fact in (
        card.model_id, card.weights_sha256, card.data.digest, f"{card.data.validation_frauds:,} labelled fraud", f"| seed | {card.seed} |",
        f"{card.metrics.recall_at_01pct_fpr:.1%}", f"{card.thresholds.block:.4f}", f"{card.expected.cost_per_1000:,.0f}",
        "account, device, address", f"torch {card.libraries['torch']}", f"version {card.feature_version}:",
    ):  # fmt: skip
        assert fact in page


def test_training_again_replaces_the_model_and_leaves_nothing_beside_it(model: Path, original: Path) -> None:
    before = read_card(model).model_id
    train(quick("gnn", epochs=1, seed=3), GRAPH, [original.parent / "events.jsonl"], model, parser(), ignore)
    assert read_card(model).model_id != before
    assert load_scorer(model, GRAPH).card.seed == 3
    assert [entry.name for entry in model.parent.iterdir()] == ["model"]


def test_a_failed_write_leaves_the_old_model(model: Path, original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_card(model)
    monkeypatch.setattr("gnn.artifact.artifact.save_file", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        train(quick("gnn", epochs=1, seed=3), GRAPH, [original.parent / "events.jsonl"], model, parser(), ignore)
    assert load_scorer(model, GRAPH).card == before
    assert [entry.name for entry in model.parent.iterdir()] == ["model"]


def other_model(original: Path, folder: Path) -> Path:
    """What is to take the place of a model; what is in it does not matter to the swap."""
    shutil.copytree(original, folder)
    edit_card(folder, lambda card: card.update(model_id="gnn-other"))
    return folder


def test_a_swap_that_fails_half_way_leaves_the_old_model(model: Path, original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, folder = read_card(model), other_model(original, model.parent / ".model-new")

    def failing(made: Path, target: Path) -> Path:
        raise OSError(f"{made.name} does not become {target.name}")

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="does not become model"):
        artifact._swap(folder, model)
    assert load_scorer(model, GRAPH).card == before
    assert {entry.name for entry in model.parent.iterdir()} == {"model", ".model-new"}


def test_a_process_killed_in_the_swap_leaves_a_whole_model(model: Path, original: Path) -> None:
    """Whatever step it has reached: a model is whole at the path, or the old one beside it."""
    before = read_card(model)
    other_model(original, model.parent / ".model-new")
    program = (
        "import os, pathlib, sys\nfrom gnn.artifact import artifact\n"
        "pathlib.Path.rename = lambda made, target: os._exit(9)\n"
        "artifact._swap(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(model.parent / ".model-new"), str(model)], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert not model.exists()
    (old,) = model.parent.glob(".model-old-*")
    assert load_scorer(old, GRAPH).card == before


def test_a_directory_that_is_no_model_is_never_replaced(original: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ArtifactError, match="exists and is no model"):
        train(quick("isolation_forest"), GRAPH, [original.parent / "events.jsonl"], tmp_path, parser(), ignore)
    assert (tmp_path / "thesis.txt").exists()


def test_files_of_somebody_else_beside_a_model_stay(model: Path) -> None:
    (model / "thesis.txt").write_text("years of work")
    with pytest.raises(ArtifactError, match=r"holds thesis.txt beside a model, and is replaced whole: move that, or give --out another"):
        check_target(model)
    (model / "thesis.txt").unlink()
    check_target(model)


def test_a_missing_xgboost_names_the_package(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(ArtifactError, match="pip install xgboost-cpu"):
        train(quick("gbt"), GRAPH, [original.parent / "events.jsonl"], tmp_path / "model", parser(), ignore)


@pytest.mark.parametrize(("model", "package"), [("combined", "torch"), ("autoencoder", "torch"), ("isolation_forest", "sklearn")])
def test_a_missing_package_of_training_is_named_before_the_history_is_read(
    model: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gnn.training.needed.find_spec", lambda name: None if name == package else name)
    with pytest.raises(ArtifactError, match=rf"train.model {model} is trained with {package}, .* pip install 'ringwatch\[train\]'"):
        train(quick(model), GRAPH, [tmp_path / "not there.jsonl"], tmp_path / "model", parser(), ignore)


def test_an_autoencoder_without_torch_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gnn.models.autoencoder", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ArtifactError, match=r"an autoencoder needs torch to score, too: pip install 'ringwatch\[train\]'"):
        artifact._LOADERS["autoencoder"](tmp_path, cast(Any, None), 1)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"model": "svm"}, "train.model: unknown model 'svm'; use one of combined, gnn, gbt"),
        ({"from_ms": 5, "to_ms": 5}, "train.from must lie before train.to"),
        ({"hidden": 9}, "train.hidden must be a multiple of train.heads"),
        ({"validation_share": 0.9}, "train.validation_share"),
        ({"epochs": 0}, "train.epochs must be at least 1"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict, complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        TrainSettings(**settings)


def test_costs_that_cannot_work_are_refused() -> None:
    with pytest.raises(SettingError, match=r"train\.costs\.review"):
        Costs(review=-1.0)


def test_a_graph_of_two_kinds_trains_and_loads(original: Path, tmp_path: Path) -> None:
    graph = GraphSettings(entities=("account", "device"), links=2)
    events = [original.parent / "events.jsonl"]
    card = train(quick("gnn", epochs=1), graph, events, tmp_path / "model", parser(graph), ignore)
    assert load_scorer(tmp_path / "model", graph).card == card
