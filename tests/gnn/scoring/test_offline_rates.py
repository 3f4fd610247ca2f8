"""A rate changes in the middle of a history: offline each event has the rate of its time, as in the job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from domain.control.applied import applied_document
from domain.control.changes import Change
from domain.events.event import Event
from domain.events.parser import EventParser
from gnn.history.replay import Replay
from gnn.scoring.offline_control import OfflineControl
from tests.support.control_samples import GRAPH, PSEUDONYMS, START, rate, record

MINUTE = 60_000


def lines(count: int) -> list[bytes]:
    def one(number: int) -> dict[str, Any]:
        money = {"amount": 8000.0 + number, "currency": "JPY" if number % 2 else "EUR"}
        return {"event_id": f"e{number}", "event_type": "order", "event_time": START + number * MINUTE, "account_id": "a", **money}

    return [json.dumps(one(number)).encode() for number in range(count)]


def entry(document: dict[str, Any], applied: int, first: Event) -> dict[str, Any]:
    found = record(document)
    made: dict[str, Any] = json.loads(json.dumps(applied_document(Change(found.key, applied, START, found.document), first)))
    return made


def control(tmp_path: Path, *records: dict[str, Any]) -> OfflineControl:
    (tmp_path / "control.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))
    return OfflineControl(tmp_path / "control.jsonl", GRAPH, PSEUDONYMS, (), str)


def parser() -> EventParser:
    return EventParser(GRAPH, PSEUDONYMS, now_ms=lambda: START + 1000 * MINUTE)


def streamed(changes: dict[str, float]) -> list[bytes]:
    """The trails of a job whose rate of yen changes right before an event."""
    parse = parser()
    replay, found = Replay(GRAPH, parse), list[bytes]()
    for number, line in enumerate(lines(20)):
        if f"e{number}" in changes:
            parse.rates = {**parse.rates, "JPY": changes[f"e{number}"]}
        taken = replay.take(line)
        assert taken is not None
        found.append(taken[1])
    return found


def offline(found: OfflineControl) -> list[bytes]:
    """As `ringwatch score` does: a batch is learnt before it is judged."""
    replay = Replay(GRAPH, parser(), on_parsed=found.compare)
    taken = [both for line in lines(20) if (both := replay.take(line)) is not None]
    return [found.judged(*both)[0] for both in taken]


def test_entries_of_the_job_give_its_bytes(tmp_path: Path) -> None:
    firsts = {name: Event(name, 2, START, (PSEUDONYMS.of("account", "a"), 0, 0), 1) for name in ("e7", "e12", "e13")}
    records = [
        entry(rate(version=1, worth=0.008), 1, firsts["e7"]),
        entry(rate("KWD", worth=3.0), 2, firsts["e12"]),
        entry(rate(version=2, worth=0.01), 3, firsts["e13"]),
    ]
    found = control(tmp_path, *records)
    assert offline(found) == streamed({"e7": 0.008, "e13": 0.01})
    assert (found.applied, found.unused) == (3, 0)
    assert offline(control(tmp_path, *records[:2])) != streamed({"e7": 0.008, "e13": 0.01})


def test_plain_records_hold_from_their_time_on_and_the_highest_version_counts(tmp_path: Path) -> None:
    later = {**rate(version=2, worth=0.01), "from": START + 13 * MINUTE}
    found = control(tmp_path, later, {**rate(version=1, worth=0.008), "from": START + 7 * MINUTE})
    assert offline(found) == streamed({"e7": 0.008, "e13": 0.01})
    stale = {**rate(version=1, worth=0.008), "from": START + 15 * MINUTE}
    assert offline(control(tmp_path, later, stale)) == streamed({"e13": 0.01})
