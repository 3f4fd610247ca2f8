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


WAVE = ["--wave", "refund_wave", "2026-03-20T10:00:00Z", "40", "3"]
SALE = ["--sale", "2026-03-10T09:00:00Z", "36", "4"]


def simulated(folder: Path, *options: str) -> list[str]:
    assert main(["simulate", "--events", "400", "--out", str(folder), *options]) == 0
    return (folder / "events.jsonl").read_text().splitlines()


def happened(lines: list[str]) -> set[tuple[object, ...]]:
    documents = [document for document in map(json.loads, lines) if document["event_type"] != "label"]
    return {(document["event_time"], document["event_type"], document["account_id"]) for document in documents}


def test_waves_come_on_top_of_the_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, more = simulated(tmp_path / "plain"), simulated(tmp_path / "wave", *WAVE, "--wave", "signup_wave", "2026-03-12", "2e1", "1.5")
    added = len(happened(more)) - 400
    assert added == 4 * 40 + 20, "who wants the money back has signed up, ordered and paid"
    assert happened(plain) < happened(more), "all else is as without it, but for the ids"
    assert capsys.readouterr().out.splitlines()[1].startswith(f"{400 + added} events and {len(more) - 400 - added} labels")
    begin, end = option_ms("2026-03-20T10:00:00Z", "") or 0, option_ms("2026-03-20T13:00:00Z", "") or 0
    asked = [d for d in map(json.loads, more) if d["event_type"] == "refund_request" and begin <= d["event_time"] < end]
    assert len({d["account_id"] for d in asked}) >= 40


def test_a_sale_brings_customers_into_its_hours(tmp_path: Path) -> None:
    begin, end = option_ms("2026-03-10T09:00:00Z", "") or 0, option_ms("2026-03-11T21:00:00Z", "") or 0
    plain, sale = simulated(tmp_path / "plain"), simulated(tmp_path / "sale", *SALE)
    within = [sum(begin <= json.loads(line)["event_time"] < end for line in lines) for lines in (plain, sale)]
    assert within[1] > 2 * within[0] > 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--wave", "flood", *WAVE[2:]], "--wave: its kind is flood; give one of refund_wave, signup_wave, card_testing_wave"),
        ([*WAVE[:2], "2025-01-01", "40", "3"], "--wave: refund_wave begins at 2025-01-01T00:00:00Z; give a time from 2026-03-02T00:00:00Z"),
        ([*WAVE[:2], "soon", "40", "3"], "--wave soon: write a date as 2026-01-31"),
        ([*WAVE[:3], "many", "3"], "--wave: 'many' is no whole number"),
        ([*WAVE[:3], "1e400", "3"], "--wave: '1e400' is no whole number"),
        ([*WAVE[:3], "0", "3"], "--wave: refund_wave has 0 events in 3 hours; give 1 or more"),
        ([*WAVE[:4], "nan"], "--wave: refund_wave has 40 events in nan hours"),
        ([*WAVE[:3], "50_000_000", "3"], "--wave: events and waves are more than 50,000,000"),
        (["--sale", "2026-05-01", "36", "4"], "--sale: it begins at 2026-05-01T00:00:00Z; give a time from"),
        ([*SALE[:3], "inf"], "--sale: it is 36 hours of inf times the customers; give up to 720 hours and 100 times"),
        ([*SALE[:2], "-1", "4"], "--sale: it is -1 hours"),
    ],
)
def test_a_wave_or_sale_that_cannot_be_is_refused(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", "--events", "400", "--out", str(tmp_path / "out"), *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out" / "events.jsonl").exists()
