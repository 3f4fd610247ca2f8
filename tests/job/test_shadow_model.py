"""A second model in shadow in the real job: on, off, and its folder gone after a kill."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import redis

from flink_job.cli import main
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from tests.job.test_control_records import tell_all
from tests.job.test_job_control import Theatre, _model, scraped

pytestmark = [pytest.mark.flink, pytest.mark.timeout(500)]

NEW = "combined-shadow"


def shadows(decisions: list[dict[str, Any]]) -> set[str | None]:
    return {document["shadow"]["model"] if "shadow" in document else None for document in decisions}


@pytest.mark.cluster
@pytest.mark.parametrize("early", [pytest.param("false", marks=pytest.mark.long), "true"])
def test_a_shadow_decides_nothing_comes_and_goes(early: str, redis_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        stage = Theatre(tmp_path, redis_url, client, f"shadow-{early}:", job__early_approval=early)
        model, decided = _model(tmp_path / "shadow", NEW), []
        with stage.running():
            decided.append(stage.decided(stage.feed()))
            tell_all(stage, {"control": "shadow_model", "path": str(model), "version": 1})
            decided.append(stage.decided(stage.feed()))
            counts = scraped(stage.prometheus)["pair_shadow_decisions"]
            assert sum(counts.values()) == len(decided[1]), "each has been counted"
            tell_all(stage, {"control": "shadow_model", "path": str(model), "version": 2, "state": "deleted"})
            decided.append(stage.decided(stage.feed()))
            tell_all(stage, {"control": "shadow_model", "path": str(model), "version": 3})
            before = stage.checkpoints()
            stage.wait(lambda: stage.checkpoints() > before + 1, "a checkpoint after the changes")
        shutil.rmtree(model)
        with stage.running("--resume"):
            decided.append(stage.decided(stage.feed()))
            stage.wait(lambda: sum(scraped(stage.prometheus)["shadow_load_failures"].values()) >= 1, "the failure")
        client.acl_deluser("ringwatch")
    assert [shadows(part) for part in decided] == [{None}, {NEW}, {None}, {None}]
    assert {document["model"] for part in decided for document in part} == {read_card(PRETRAINED).model_id}
    same = [document for document in decided[1] if document["shadow"]["score"] != document["score"]]
    assert same == [], "the same weights under another name score the same"
    logged = "".join(path.read_text(errors="replace") for path in (stage.job.folder / "logs").rglob("*") if path.is_file())
    assert logged.count("cannot be loaded, decisions go on without it") == 1
    written = tmp_path / "decisions.jsonl"
    written.write_text("".join(json.dumps(document) + "\n" for document in decided[1]))
    assert main(["shadow-report", "--decisions", str(written), "--json"]) == 0
    [report] = json.loads(capsys.readouterr().out)["shadows"]
    assert (report["name"], report["events"]) == (NEW, len(decided[1]))
