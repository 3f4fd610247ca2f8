"""How stream entries look on a terminal: lines and cards, also of hostile documents."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from domain.health.documents import lost_entry
from ops.redis.consumer import Entry
from ops.terminal import cards
from ops.terminal.cards import print_entry
from ops.terminal.tail import tail
from tests.support.redis_fixtures import Add
from tests.support.stream_samples import ALERT, INCIDENT, OVERFLOW, REJECTED

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(stream: str, document: dict[str, Any] | str, width: int = 100, terminal: bool = False) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, highlight=False)
    print_entry(console, Entry(stream, "1-0", {"id": "x1", "time": "1714564803000", "json": text}))
    return out.getvalue()


def test_overflow_is_a_line_and_a_merged_incident_says_where_it_goes_on() -> None:
    line = "2024-05-01 12:00:03  high      overflow     incidents.reviews_per_hour is 60: 3 revisions were held\n"
    assert shown("incidents", OVERFLOW, width=140) == line
    assert "Goes on as" not in shown("incidents", INCIDENT)
    assert "ring 00000000000000bb" in shown("incidents", {**INCIDENT, "merged_into": "00000000000000bb"})


@pytest.mark.parametrize(("paid", "said"), [({"EUR": 80.5}, ", 80.50 EUR of it paid"), ({}, ", nothing of it paid"), (None, "")])
def test_what_was_paid_is_told_apart_from_what_is_at_risk(paid: dict[str, float] | None, said: str) -> None:
    document = {**INCIDENT, "money_at_risk": {"EUR": 12500.0}, **({} if paid is None else {"money_paid": paid})}
    card = " ".join(shown("incidents", document).replace("│", " ").split())
    assert f"12,500.00 EUR at risk{said} Time" in card
    assert "of it paid" not in shown("incidents", {**document, "kind": "wave"}, width=200)


def test_health_is_a_line_of_drift_of_labels_or_of_what_was_lost() -> None:
    moved = [{"name": "device.events_1d", "psi": 0.31, "noise": 0.01, "verdict": "much"}, {"name": "x", "psi": 0.1, "verdict": "none"}]
    drift = {"kind": "drift", "model": "combined-1", "day": "2024-05-01", "events": 43012, "inputs": moved,
             "score": {"name": "score", "psi": 0.021, "verdict": "none"}}  # fmt: skip
    line = "2024-05-01 12:00:03  ?         drift        2024-05-01  score 0.021 (none)  device.events_1d 0.310 (much)  "
    assert shown("health", drift, width=200) == line + "43,012 events of combined-1\n"
    labels = {"kind": "labels", "day": "2024-05-01", "precision": {"value": 0.8, "low": 0.7, "high": 0.9, "of": 1200}, "recall": None}
    line = "2024-05-01 12:00:03  ?         labels       2024-05-01  precision 80% (70% to 90%) of 1,200 labelled alarms\n"
    assert shown("health", labels, width=200) == line
    lost = lost_entry(4_950, 1_714_564_000_000, 1_714_564_803_000).document
    line = "2024-05-01 12:00:03  ?         lost         2024-05-01  4,950 rejected lines dropped while Redis took none\n"
    assert shown("health", lost, width=200) == line
    assert shown("health", {"kind": 5, "inputs": 7, "score": []}, width=200), "a foreign one is shown as far as it can be read"


def test_markup_and_escapes_are_text() -> None:
    hostile = "[red]pay[/red] \x1b[31mnow\x1b]0;title\x07 \u202eevil\x9b1m\r\nnext"
    for stream, document in (
        ("alerts", {**ALERT, "reasons": [{"text": hostile}], "ring": None}),
        ("incidents", {**INCIDENT, "headline": hostile}),
        ("rejected", {**REJECTED, "reason": hostile}),
    ):
        out = shown(stream, document, width=200)
        assert "[red]pay[/red] [31mnow]0;title evil1m next" in out
        assert not set(out) & set("\x1b\x07\u202e\x9b\r")


@pytest.mark.parametrize("stream", ["alerts", "incidents", "rejected"])
def test_terminal_has_colours_unless_told_not_to(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"alerts": ALERT, "incidents": INCIDENT, "rejected": REJECTED}[stream]
    colour = "\x1b[3"  # 31-37 and 38;5;n; severities also on a background
    assert colour in shown(stream, document, terminal=True).replace("\x1b[1;3", colour)
    monkeypatch.setenv("NO_COLOR", "1")
    assert colour not in shown(stream, document, terminal=True).replace("\x1b[1;3", colour)


@pytest.mark.parametrize("width", [60, 80, 120, 140])
def test_a_terminal_of_any_width_shows_all_of_an_alert(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    uuid = "2325c26d-d7a9-4cfa-81d9-bef8e25b7b60"
    lines = ANSI.sub("", shown("alerts", {**ALERT, "event_id": uuid}, width=width, terminal=True)).splitlines()
    assert len(lines) <= {60: 4, 80: 3}.get(width, 2)
    assert all(len(line) <= width for line in lines)
    said = " ".join(" ".join(lines).split())
    for part in (
        "block",
        "0.97",
        "1,129.50 EUR",
        "device shared by 14 accounts",
        "ring device-3f9a2c1b00112233",
        "account 57168217bfee3c0a",
        uuid,
    ):
        assert part in said
    assert shown("alerts", ALERT, width=60).count("\n") == 1, "whole for grep"


def test_a_long_reason_is_wrapped_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    reason = " ".join(f"word{number}" for number in range(20))
    for stream, document in (("rejected", {**REJECTED, "reason": reason}), ("alerts", {**ALERT, "reasons": [{"text": reason}]})):
        lines = ANSI.sub("", shown(stream, document, width=80, terminal=True)).splitlines()
        assert all(len(line) <= 80 for line in lines)
        assert reason in " ".join(" ".join(lines).split())


def test_the_card_shows_every_cited_fact_and_no_other() -> None:
    facts = [{"id": f"F{number}", "text": f"fact number {number}"} for number in range(1, 26)]
    cited = {"headline": "A ring [F2]", "explanation": "It is [F9, F25] a farm [F10].", "next_steps": ["Look at F3."]}
    card = shown("incidents", {**INCIDENT, **cited, "evidence": {"facts": facts}})
    assert [number for number in range(1, 26) if f"F{number}: fact number {number}" in card] == [2, 3, 9, 10, 25]


def test_the_card_of_a_wave_shows_some_of_its_events_and_the_waves_beside_it() -> None:
    events = [{"account": f"{n:016x}", "event_id": f"e-{n}", "time": 1_714_568_403_000 + 1000 * n} for n in range(7)]
    wave = {**INCIDENT, "kind": "wave", "events": events, "related": ["inc-00000000000000aa"]}
    card = shown("incidents", wave)
    assert "05-01 13:00:09  account 0000000000000006  event e-6" in card
    assert [n for n in range(7) if f"event e-{n}" in card] == [3, 4, 5, 6]
    assert "and 3 before (--json lists them)" in card
    assert "Same time inc-00000000000000aa" in " ".join(card.split())
    for name in ("Events ", "Same time"):
        assert name not in shown("incidents", INCIDENT)
        assert name not in shown("incidents", {**wave, "events": [], "related": []})


def revision(number: int, status: str = "grown", **changes: Any) -> dict[str, Any]:
    return {**INCIDENT, "revision": number, "status": status, "told_at": 1_714_568_403_000, **changes}


LONE = {"participants": {"account": {"count": 1, "exact": True, "pseudonyms": ["a" * 16]}}}


def test_a_card_comes_when_there_is_news_and_a_line_otherwise(add: Add, redis_url: str, stream_prefix: str) -> None:
    story = [
        (revision(1, "opened", severity="high"), True),
        (revision(2, severity="high", alerts=20), False),
        (revision(3, alerts=30), True),
        (revision(4, alerts=40, action="escalate"), True),
        (revision(5, alerts=50, action="escalate", severity="medium"), False),
        (revision(6, "closed", alerts=60, action="escalate"), True),
        (revision(1, "opened", id="quiet", severity="low", action="monitor"), False),
        (revision(2, id="quiet", severity="low", action="monitor", alerts=20), False),
        (revision(3, id="quiet", severity="low", action="verify", alerts=20), True),
        (revision(4, "closed", id="quiet", severity="low", action="verify", alerts=22), False),
        (revision(1, "opened", id="lone", alerts=1, severity="medium", **LONE), False),
        (revision(2, id="lone", alerts=2, severity="medium", **LONE), True),
        (revision(1, "opened", id="grave", alerts=1, severity="high", **LONE), True),
        (revision(2, "closed", id="grave", alerts=1, severity="high", **LONE), False),
        (revision(7, id="joined later"), True),
        (revision(8, "closed", id="joined later", merged_into="00000000000000bb"), False),
    ]
    for document, _ in story:
        add("incidents", document)
    out = io.StringIO()
    assert tail(redis_url, stream_prefix, ["incidents"], from_start=True, follow=False, out=out) == 0
    lines = out.getvalue().splitlines()
    of_lines = [line for line in lines if line[0] == "2"]
    assert of_lines[0] == "2024-05-01 13:00:03  high      grown 2      One device, 14 new accounts  (20 alerts)  3f9a-17"
    assert of_lines[-1] == (
        "2024-05-01 13:00:03  critical  closed 8     One device, 14 new accounts  (17 alerts)  "
        "goes on as ring 00000000000000bb  joined later"
    )
    kinds = [line[0] == "╭" for line in lines if line[0] in "2╭"]
    assert kinds == [is_card for _, is_card in story]
    out = io.StringIO()
    tail(redis_url, stream_prefix, ["incidents"], from_start=True, follow=False, out=out, every_card=True)
    assert sum(line.startswith("╭") for line in out.getvalue().splitlines()) == len(story)


def test_no_more_than_so_many_incidents_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "_REMEMBERED", 3)
    choice = cards.CardChoice()
    assert [choice.needs_card({"id": name}) for name in "abcadbb"] == [True, True, True, False, True, True, False]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(["alerts", "incidents", "rejected", "dead"]),
    st.sampled_from(sorted((*(ALERT | INCIDENT), "events", "related"))),
    ANYTHING,
)
def test_any_value_in_any_field_can_be_shown(stream: str, field: str, value: object) -> None:
    assert shown(stream, {**ALERT, **INCIDENT, field: value})


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "[" * 100_000, "9" * 5000])
def test_broken_document_is_none(text: str) -> None:
    assert Entry("alerts", "1-0", {"json": text}).document() is None
    assert Entry("alerts", "1-0", {}).document() is None
    assert "holds no JSON object" in shown("alerts", text, width=200)
