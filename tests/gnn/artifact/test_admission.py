"""A model is tried before it takes over: in a process of its own, which may die or babble."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest

from domain.graph import GraphSettings
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.admission import admit, try_out
from gnn.artifact.artifact import read_card
from gnn.artifact.model_name import ModelName
from gnn.card.card import ArtifactError

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.engine.worker_match import load_everything

    load_everything()  # as an operator does when it opens


GRAPH = GraphSettings()


MODEL = read_card(PRETRAINED).model_id


def test_a_name_survives_as_text_and_refuses_another_content() -> None:
    name = ModelName(MODEL, "/models/with spaces in it")
    assert ModelName.of(str(name)) == name
    assert ModelName(MODEL, str(PRETRAINED)).load(GRAPH).card.model_id == MODEL
    with pytest.raises(ArtifactError, match=f"holds the model {MODEL}, not other that was admitted: send the control record again"):
        ModelName("other", str(PRETRAINED)).load(GRAPH)


def test_a_model_is_tried_in_a_process_of_its_own() -> None:
    assert admit(PRETRAINED, GRAPH) == ModelName(MODEL, str(PRETRAINED))


@pytest.mark.parametrize("links", [16, 8])
def test_what_does_not_fit_the_graph_or_is_damaged_is_refused(links: int, tmp_path: Path) -> None:
    damaged = shutil.copytree(PRETRAINED, tmp_path / "damaged")
    (damaged / "weights.safetensors").write_bytes(b"nothing")
    expected = "is not the file its card describes" if links == 16 else "the model was trained with graph.links = 16, the config has 8"
    with pytest.raises(ArtifactError, match=expected):
        try_out(damaged, GraphSettings(links=links))


def test_the_reason_comes_back_from_the_other_process(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="there is no model at"):
        admit(tmp_path, GRAPH)


@pytest.mark.parametrize("answer", ["exit 3", "echo; echo nonsense"])
def test_a_process_that_dies_or_babbles_refuses_the_model(answer: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\ncat >/dev/null\n{answer}\n")
    python.chmod(0o755)
    with pytest.raises(ArtifactError, match="trying it ended with code"):
        admit(PRETRAINED, GRAPH, str(python))


def test_waiting_for_a_model_can_be_ended(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)

    def cancelled() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        admit(PRETRAINED, GRAPH, str(python), cancelled)
