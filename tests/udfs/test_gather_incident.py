"""A ring's incident, driven by hand, with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from domain.incidents.assignment import RingAbsorbed
from domain.incidents.forgotten import Forgotten
from domain.incidents.settings import IncidentSettings
from tests.support.incident_samples import START, alert_document, pseudonym
from udfs.engine.keys import ONE_PLACE

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.gather_incident import GatherIncident
    from udfs.join_rings import JoinRings
from tests.support.operator_runtime import Runtime, Timers, assigned, documents, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_incident_opens_at_its_deadline_and_is_forgotten_when_it_closes() -> None:
    runtime, timers = Runtime(key="ring"), Timers()
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    assert documents(operator.process_element(assigned(1), timers)) == []
    assert set(runtime.state) == {"ring"}
    assert timers.asked == {START + 60_000}
    (document,) = documents(operator.on_timer(START + 60_000, timers))
    assert (document["status"], document["revision"], document["alerts"]) == ("opened", 1, 1)
    end = START + IncidentSettings().gap_s * 1000
    assert timers.asked == {end}
    (document,) = documents(operator.on_timer(end, timers))
    assert (document["status"], document["revision"], document["told_at"]) == ("closed", 2, end)
    assert runtime.state == {}
    assert documents(operator.on_timer(end, timers)) == []


def test_incident_of_the_silent_time_is_opened_at_its_end() -> None:
    runtime, timers = Runtime(key="ring"), Timers()
    operator = opened(GatherIncident(IncidentSettings(), silent_until_ms=START + 600_000), runtime)
    assert documents(operator.process_element(assigned(1), timers)) == []
    assert documents(operator.on_timer(START + 60_000, timers)) == []
    assert timers.asked == {START + 600_000}
    (document,) = documents(operator.on_timer(START + 600_000, timers))
    assert (document["status"], document["revision"], document["told_at"]) == ("opened", 1, START + 600_000)


def test_incident_is_told_when_it_grows_and_repeated_alerts_do_not_count() -> None:
    runtime, timers = Runtime(key="ring"), Timers()
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    published = []
    for number in (0, 1, 2, 2, 3, 4):
        published += documents(operator.process_element(assigned(number, START + number * 1000), timers))
    assert [(document["status"], document["alerts"]) for document in published] == [("opened", 5)]
    assert timers.asked == {START + 4_000 + IncidentSettings().gap_s * 1000}, "a session has one timer, however many alerts move it"
    # the first summary's timer, of a savepoint that still has it
    assert documents(operator.on_timer(START + 60_000, timers)) == []
    assert timers.asked == {START + 4_000 + IncidentSettings().gap_s * 1000}
    assert "ring" in runtime.state


def test_rings_do_not_share_a_session() -> None:
    runtime = Runtime()
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    for key in ("a", "b"):
        runtime.key = key
        list(operator.process_element(assigned(1, ring=key), Timers()))
    runtime.key = "a"
    (document,) = documents(operator.on_timer(START + 60_000, Timers()))
    assert (document["ring"], document["alerts"]) == ("a", 1)


def test_a_merger_closes_the_incident_and_the_other_counts_it() -> None:
    runtime = Runtime(key="a")
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    list(operator.process_element(assigned(1, ring="a"), Timers()))
    merger = json.dumps(RingAbsorbed("a", START + 9, "a", "b").to_document())
    opened_at, closed = documents(operator.process_element(merger, Timers()))
    assert (opened_at["status"], opened_at["merged_into"], closed["status"], closed["merged_into"]) == ("opened", None, "closed", "b")
    assert runtime.state == {}
    assert documents(operator.process_element(merger, Timers())) == [], "nothing is open any more"


MALFORMED = [
    {"event_id": None}, {"score": "high"}, {"score": float("nan")}, {"amount": float("inf")}, {"event_time": 1 << 62}, {"event_time": -1},
    {"entities": {"device": "a raw one"}}, {"entities": [1]}, {"reasons": [{"weight": 1}]}, {"reasons": [{"code": "a", "weight": "b"}]},
]  # fmt: skip


@pytest.mark.parametrize("change", MALFORMED, ids=str)
def test_a_malformed_alert_is_counted_and_fails_nothing(change: dict[str, Any]) -> None:
    runtime = Runtime(key="ring")
    gather, join = opened(GatherIncident(IncidentSettings()), runtime), opened(JoinRings(IncidentSettings()), runtime)
    list(gather.process_element(assigned(1), Timers()))
    before = dict(runtime.state)
    malformed = json.dumps({**json.loads(assigned(2)), "alert": alert_document(2, **change)})
    assert list(gather.process_element(malformed, Timers())) == []
    assert list(join.process_element(json.dumps(alert_document(2, **change)), Timers())) == []
    assert runtime.state == before
    assert runtime.counts["malformed_alerts"] == 2
    assert join.process_element(json.dumps(alert_document(3, decision="block")), Timers())


def test_an_account_is_forgotten_from_the_book_to_the_incident() -> None:
    runtime, books, timers = Runtime(key="ring"), Runtime(), Timers()
    join, gather = opened(JoinRings(IncidentSettings()), books), opened(GatherIncident(IncidentSettings()), runtime)
    for number in range(6):
        for ring, text in join.process_element(json.dumps(alert_document(number, entities={"account": pseudonym(number % 2)})), timers):
            runtime.key = ring
            published = documents(gather.process_element(text, timers))
    assert [document["alerts"] for document in published] == []
    news = Forgotten(pseudonym(1), START + 9).to_text()
    (place, text), (ring, told) = join.process_element(news, timers)
    assert (place, text, ring) == (ONE_PLACE, news, runtime.key), "the review desk hears of it first"
    assert [tuple(row) for row in gather.process_element(text, timers)] == [(ONE_PLACE, news)]
    (document,) = documents(gather.process_element(told, timers))
    assert (document["alerts"], document["participants"]["account"]["pseudonyms"]) == (3, [pseudonym(0)])
    held = [books.maps[name].entries for name in ("parents", "rings", "homes")] + [runtime.maps["alerts"].entries]
    assert pseudonym(1) not in json.dumps(held) and len(runtime.maps["alerts"].entries) == 3
