"""The endless shop: order, dates, pace, and the truth about what was fed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.times import DAY_MS
from flink_job.commands.demo import traffic
from flink_job.commands.demo.traffic import EVENTS_PER_S, LEAD_DAYS, EndlessShop, WatchedFolder

NOW_MS = 1_800_000_000_000


def documents(folder: Path) -> list[dict[str, Any]]:
    """What lies in the folder, in the order of its files."""
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def shop(tmp_path: Path) -> EndlessShop:
    (tmp_path / "source").mkdir()
    return EndlessShop(600, 5, WatchedFolder(tmp_path / "source"), NOW_MS)


def test_history_then_twenty_a_second(shop: EndlessShop, tmp_path: Path) -> None:
    shop.feed_history()
    history, fed = shop.events, documents(tmp_path / "source")
    assert {document["event_time"] < shop.begin_ms for document in fed} == {True}
    assert shop.begin_ms == NOW_MS - LEAD_DAYS * DAY_MS
    assert 200 < history < 700, "three weeks of 600 events a month, newcomers in front"
    for _ in range(4):
        shop.feed(2.5, NOW_MS)
    assert shop.events - history == 10 * EVENTS_PER_S
    shop.feed(3600.0, NOW_MS)
    assert shop.events - history <= 10 * EVENTS_PER_S + 5 * EVENTS_PER_S, "a pause is not made up for"
    times = [document["event_time"] for document in documents(tmp_path / "source")]
    assert times == sorted(times)
    assert len(times) == shop.events + shop.labels


def test_nothing_happens_in_the_future(shop: EndlessShop, tmp_path: Path) -> None:
    for _ in range(200):
        shop.feed(5.0, NOW_MS)
    waiting = shop.events
    assert shop.clock_ms > NOW_MS, "the shop has caught up"
    assert max(document["event_time"] for document in documents(tmp_path / "source")) <= NOW_MS
    shop.feed(5.0, NOW_MS)
    assert shop.events == waiting
    shop.feed(5.0, shop.clock_ms)
    assert shop.events > waiting, "then it goes with the clock"


def test_one_season_follows_the_other(shop: EndlessShop, tmp_path: Path) -> None:
    far = NOW_MS + 90 * DAY_MS
    for _ in range(300):
        shop.feed(5.0, far)
    fed = documents(tmp_path / "source")
    ids = [document["event_id"] for document in fed]
    assert len(shop._seasons) > 1
    assert len(set(ids)) == len(ids)
    assert [document["event_time"] for document in fed] == sorted(document["event_time"] for document in fed)
    events = [document["event_id"] for document in fed if document["event_type"] != "label"]
    assert shop.write_truth(tmp_path / "truth.parquet", pa.chunked_array([events])) == len(events)
    assert pq.read_table(tmp_path / "truth.parquet")["event_id"].to_pylist() == events


def test_truth_ends_with_the_last_decided_event(shop: EndlessShop, tmp_path: Path) -> None:
    shop.feed_history()
    events = [document["event_id"] for document in documents(tmp_path / "source") if document["event_type"] != "label"]
    decided = [*events[:5], events[9]]
    assert shop.write_truth(tmp_path / "truth.parquet", pa.chunked_array([decided])) == 10
    assert pq.read_table(tmp_path / "truth.parquet")["event_id"].to_pylist() == events[:10], "those between are missing decisions"
    assert shop.write_truth(tmp_path / "truth.parquet", pa.chunked_array([], pa.string())) == 0


def test_pace_is_that_of_the_feed(shop: EndlessShop, tmp_path: Path) -> None:
    said = re.fullmatch(
        r"the shop's time begins on 2026-12-01 and goes about ([\d,]+) times as fast as the clock; it reaches now in about (\d+) seconds, "
        r"and from then on events come as they happen, one in about 75 minutes",
        shop.pace(),
    )
    assert said, shop.pace()
    shop.feed_history()
    seconds = 0
    while shop.clock_ms <= NOW_MS:
        shop.feed(1.0, NOW_MS)
        seconds += 1
    assert float(said[2]) == pytest.approx(seconds, abs=3)
    assert float(said[1].replace(",", "")) == pytest.approx(LEAD_DAYS * 86_400 / seconds, rel=0.05)


def test_old_files_are_taken_away(shop: EndlessShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "KEPT_FILES", 3)
    for _ in range(9):
        shop.feed(1.0, NOW_MS)
    assert [path.name for path in sorted((tmp_path / "source").iterdir())] == [f"{number:07}.jsonl" for number in (6, 7, 8)]
