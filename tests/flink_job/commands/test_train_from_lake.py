"""`ringwatch train --lake` and `backtest --lake`: the same model and scores as from the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flink_job.cli import main
from gnn.artifact.artifact import read_card
from gnn.retraining.ledger import Ledger
from ops.lake.history import write_history
from tests.support.gnn_history import documents, ignore, write

QUICK = ["--model", "gbt", "--set", "train.trees=10"]
SETS = ("job.sources=[redis:events]", "job.enriched=redis:enriched", "lake.tables=[events, labels]")


@pytest.fixture
def places(tmp_path: Path, redis_url: str, redis_client: Any, stream_prefix: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A history in a file, and the lake of a job that decided it; labels have the times of later events."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    history, rich = write(tmp_path / "events.jsonl", documents(750, frauds=60)), tmp_path / "enriched.jsonl"
    assert main(["score", "--events", str(history), "--out", "decisions.jsonl", "--enriched", str(rich)]) == 0
    for stream, file in (("events", history), ("enriched", rich)):
        with redis_client.pipeline(transaction=False) as pipe:
            for line in file.read_text().splitlines():
                pipe.xadd(f"{stream_prefix}{stream}", {"json": line})
            pipe.execute()
    sets = (*SETS, f"redis.url={redis_url}", f"redis.prefix={stream_prefix}")
    assert main(["archive", "--lake", "lake", "--no-follow", *(word for one in sets for word in ("--set", one))]) == 0
    return history, tmp_path / "lake"


def test_the_same_history_gives_the_same_bytes(places: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history, lake = places
    words = ["train", *QUICK, "--label-delay", "3d"]
    assert main([*words, "--events", str(history), "--decisions", "decisions.jsonl", "--out", "one"]) == 0
    assert main([*words, "--lake", str(lake), "--out", "two"]) == 0
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    cards = [json.loads(found.pop("card.json")) for found in (one, two)]
    assert [bool(found.pop("card.md")) for found in (one, two)] == [True, True]
    assert one == two and "weights.ubj" in one
    assert cards[0]["data"].pop("digest") != cards[1]["data"].pop("digest")
    assert cards[0] == cards[1]
    assert read_card(tmp_path / "one").model_id in capsys.readouterr().err


def test_the_lake_has_the_order_of_the_file(places: tuple[Path, Path], tmp_path: Path) -> None:
    """Also where events and labels have the same time."""
    write_history(str(places[1]), tmp_path / "again.jsonl", ignore)
    file, lake = (
        [json.loads(line)["event_id"] for line in path.read_text().splitlines()] for path in (places[0], tmp_path / "again.jsonl")
    )
    assert lake == file


def test_a_test_part_is_named_after_training_from_a_lake(places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--label-delay", "3d", "--split", "60/20/20", "--labels", "final"]
    assert main(["train", *QUICK, "--lake", str(places[1]), "--out", "model", *words]) == 0
    assert "--events EVENTS.jsonl" in capsys.readouterr().err


def test_retraining_from_the_lake_finds_the_same_candidate(places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    history, lake = places
    sets = ("train.model=gbt", "train.trees=10", "train.label_delay_s=259200", "retrain.test_days=8", "retrain.resamples=100")
    words = [word for one in sets for word in ("--set", one)]
    assert main(["train", "--events", str(history), "--out", "old", "--to", "2026-01-17", *words]) == 0
    for name, source in (("one", ["--events", str(history), "--decisions", "decisions.jsonl"]), ("two", ["--lake", str(lake)])):
        assert main(["retrain", *source, "--active", "old", *words, "--set", f"retrain.folder={name}"]) == 0
    one, two = (Ledger.read(Path(name)).entries[0] for name in ("one", "two"))
    assert (one.model, one.judgement) == (two.model, two.judgement) and Path(one.path) != Path(two.path)
    assert "judgement" in capsys.readouterr().err


def test_a_backtest_scores_the_same(places: tuple[Path, Path], tmp_path: Path) -> None:
    history, lake = places
    words = ["backtest", *QUICK, "--fold", "2026-01-10", "--train", "5d", "--delay", "3d", "--test", "5d"]
    assert main([*words, "--events", str(history), "--decisions", "decisions.jsonl", "--out", "one.parquet"]) == 0
    assert main([*words, "--lake", str(lake), "--out", "two.parquet"]) == 0
    assert pq.read_table(tmp_path / "one.parquet").equals(pq.read_table(tmp_path / "two.parquet"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lake", "nowhere"], "has no table of events: set job.enriched"),
        (["--lake", "lake", "--set", "graph.categorical_attributes=[shop]"], "hashes of graph.categorical_attributes"),
    ],
)
def test_what_the_lake_cannot_give_is_said(words: list[str], said: str, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", *QUICK, *words, "--out", "model"]) != 0
    assert said in capsys.readouterr().err
