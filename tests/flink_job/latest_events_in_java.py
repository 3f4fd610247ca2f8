"""Checks of `LatestEvents.java` against the same in Python; a process with Flink's gateway runs them."""

from __future__ import annotations

import json
import random
from pathlib import Path

from domain.events.identity import as_text
from domain.incidents.waves.sample import LISTED, latest, wave_event

Named = tuple[int, int, str]
"""Event time, pseudonym of the account, event id."""


def held(events: list[Named]) -> list[str]:
    """What Java holds of events; each id lies between other bytes, as in a trail."""
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.java_gateway import get_gateway

    from flink_job.connectors.java_classes import java_classes

    java = java_classes(StreamExecutionEnvironment.get_execution_environment()).LatestEvents(LISTED)
    for time_ms, account, event_id in events:
        coded = b"\0<" + event_id.encode() + b">"
        java.add(time_ms, account - (1 << 64) if account >= 1 << 63 else account, coded, 2, len(coded) - 1)
    text = get_gateway().jvm.StringBuilder()
    java.write(text)
    written = text.toString()
    assert written.isascii(), written
    read: list[str] = json.loads(written)
    return read


def expected(events: list[Named]) -> list[str]:
    return latest([wave_event(time_ms, as_text(account), event_id) for time_ms, account, event_id in events])


def check_the_latest_are_held_in_any_order(_: Path) -> None:
    rng = random.Random(1)
    for count in (1, LISTED - 1, LISTED, LISTED + 1, 60):
        events = [
            (1_700_000_000_000 + rng.randrange(40), rng.choice((7, 1 << 63, (1 << 64) - 1)), f"e-{rng.randrange(50)}") for _ in range(count)
        ]
        for _ in range(5):
            rng.shuffle(events)
            assert held(events) == expected(events)
        assert held(sorted(events)) == held(sorted(events, reverse=True)) == expected(events)


def check_any_id_comes_through(_: Path) -> None:
    ids = ['"', "\\", "\n\x00\x7f", "ü", "\U0001f600", "\u2028", "z" * 128, "a", "aa"]
    events = [(5, 1, event_id) for event_id in ids]
    assert held(events) == expected(events)
    assert {text[31:] for text in held(events)} == set(ids)
