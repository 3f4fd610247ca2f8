"""`ringwatch simulate`: numbers as people write them, and days that the model has not seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flink_job.cli import main
from flink_job.commands.simulate_command import BEGIN
from flink_job.commands.times import option_ms
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card


def test_the_days_are_new_to_the_model_of_the_release(tmp_path: Path) -> None:
    assert main(["simulate", "--events", "2e2", "--out", str(tmp_path)]) == 0
    times = [json.loads(line)["event_time"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    begin = option_ms(BEGIN, "--from")
    assert begin is not None and begin > read_card(PRETRAINED).data.until_ms
    assert min(times) >= begin and len(times) >= 200


def test_the_first_day_can_be_chosen(tmp_path: Path) -> None:
    assert main(["simulate", "--events", "50", "--from", "2026-06-01", "--out", str(tmp_path)]) == 0
    first = json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])
    assert first["event_time"] >= (option_ms("2026-06-01", "--from") or 0)


def test_more_than_memory_holds_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--events", "9" * 20, "--out", str(tmp_path / "out")]) == 2
    assert "give 50,000,000 or fewer" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["1.5", "1e400", "nan", "many"])
def test_other_numbers_are_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "--events", text, "--out", str(tmp_path / "out")])
    assert ended.value.code == 2 and f"invalid whole number value: '{text}'" in capsys.readouterr().err
