"""Small attacks on who reads the incidents, which must fail: floods that hide a ring, and hidden growth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from zlib import crc32

import pytest

from domain.incidents.review_desk import is_overflow
from domain.incidents.settings import IncidentSettings
from gnn.scoring.incident_replay import IncidentReplay
from tests.support.incident_samples import HOUR, START, alert, pseudonym

MINUTE = 60_000
HOURS, FAKES_PER_HOUR, HONEST_EVERY_MIN = 5, 70, 37
Line = tuple[int, dict[str, Any]]
"""Time and the fields of an alert."""


def fake(number: int, dice: Random) -> dict[str, Any]:
    """Six orders of 1,500 EUR that nobody pays."""
    return {"members": 6, "amount": 1500.0}


def small_money(number: int, dice: Random) -> dict[str, Any]:
    return {"members": 5, "amount": round(dice.uniform(1, 400), 2)}


def pairs(number: int, dice: Random) -> dict[str, Any]:
    return {"members": 2, "amount": 99.0}


def of_one_device(number: int, dice: Random) -> dict[str, Any]:
    """The device is a hub and joins nothing."""
    return {"members": 1, "amount": 800.0, "device": pseudonym(5), "score": 0.9}


def like_the_honest(number: int, dice: Random) -> dict[str, Any]:
    return {"members": 6, "amount": 100.0}


def of_many_looks(number: int, dice: Random) -> dict[str, Any]:
    kind = dice.choice(["order", "payment", "refund_request", "login", "signup"])
    return {
        "members": dice.randint(2, 9),
        "amount": 10 ** dice.uniform(0, 5),
        "event_type": kind,
        "currency": dice.choice(["EUR", "USD", "JPY"]),
    }


def blocked_and_large(number: int, dice: Random) -> dict[str, Any]:
    return {"members": 18, "amount": 9000.0, "decision": "block", "score": 0.99}


def ring_lines(name: str, start: int, members: int, **fields: Any) -> Iterator[Line]:
    ring = pseudonym(crc32(name.encode()))
    for member in range(members):
        device = fields.get("device", ring)
        account = pseudonym(crc32(f"{name}/{member}".encode()))
        its = {"ring": ring, "event_id": f"{name}-{member}", "entities": {"account": account, "device": device}}
        yield start + member * 10_000, {**fields, **its}


def published(lines: list[Line]) -> Iterator[dict[str, Any]]:
    replay = IncidentReplay(IncidentSettings())
    for time_ms, fields in sorted(lines, key=lambda line: line[0]):
        one = alert(0, time_ms, **fields)
        yield from (told for told in replay.take(one.decision, one.joins) if not is_overflow(told))
    yield from (one for one in replay.finish() if not is_overflow(one))


@pytest.mark.parametrize("per_hour", [FAKES_PER_HOUR, 250])
@pytest.mark.parametrize("of", [fake, small_money, pairs, of_one_device, like_the_honest, of_many_looks, blocked_and_large])
def test_in_a_flood_each_honest_ring_is_told_within_half_an_hour(of: Callable[[int, Random], dict[str, Any]], per_hour: int) -> None:
    dice, lines, first = Random(1), list[Line](), dict[str, int]()
    for number in range(HOURS * per_hour):
        lines += ring_lines(f"fake{number}", START + number * HOUR // per_hour, **of(number, dice))
    for number in range(HOURS * 60 // HONEST_EVERY_MIN):
        start = START + number * HONEST_EVERY_MIN * MINUTE + 11
        first[f"honest{number}"] = start
        lines += ring_lines(f"honest{number}", start, members=5, amount=100.0)
    told = dict[str, int]()
    for document in published(lines):
        for event_id in document["event_ids"]:
            told.setdefault(event_id.partition("-")[0], document["told_at"])
    assert {name: (told[name] - start) / MINUTE for name, start in first.items() if told[name] - start > 30 * MINUTE} == {}


def rising(name: str, start: int) -> Iterator[Line]:
    """A ring whose severity, action, blocked alerts and money rise again and again."""
    for number, (at_ms, fields) in enumerate(ring_lines(name, start, members=12)):
        grave = {"decision": "block"} if number >= 4 else {}
        yield start + 2 * (at_ms - start), {**fields, "amount": 100.0 * 1.3**number, "score": 0.9, **grave}


def test_in_a_flood_of_rings_that_rise_the_honest_are_told_and_so_is_what_rises_in_one() -> None:
    lines = list(ring_lines("known", START - 3 * HOUR, members=5, amount=100.0))
    for number in range(4 * FAKES_PER_HOUR):
        lines += rising(f"fake{number}", START + number * HOUR // FAKES_PER_HOUR)
    starts = {f"honest{number}": START + number * HOUR + 17 * MINUTE + 11 for number in range(4)}
    for name, start in starts.items():
        lines += ring_lines(name, start, members=5, amount=100.0)
    then = START + 3 * HOUR
    dear = {"amount": 9000.0, "decision": "block", "score": 0.9}
    lines += [(then + at_ms - START, {**fields, **dear, "event_id": f"dear-{at_ms}"}) for at_ms, fields in ring_lines("known", START, 5)]
    told = dict[str, int]()
    for document in published(lines):
        for event_id in document["event_ids"]:
            told.setdefault(event_id.partition("-")[0], document["told_at"])
    assert max(told[name] - start for name, start in starts.items()) <= 30 * MINUTE
    assert told["dear"] - then <= 15 * MINUTE


def later(name: str, start: int, **fields: Any) -> Iterator[Line]:
    """Eight more alerts of a ring that there is."""
    for number, (at_ms, one) in enumerate(ring_lines(name, start, members=8, score=0.9, **fields)):
        yield at_ms, {**one, "event_id": f"{name}again-{number}"}


def test_where_300_known_incidents_rise_within_a_minute_an_honest_rise_does_not_wait_for_them() -> None:
    """Each of the 300 had an incident of its own. All become critical, with orders of 72,000 EUR: unpaid."""
    lines, dear = list[Line](), {"amount": 9000.0, "decision": "block"}
    for number in range(300):
        event_type = ("order", "refund_request", "payment", "login")[number % 4]
        its = {"event_type": event_type} if event_type == "login" else {"event_type": event_type, "amount": 50.0 * 4 ** (number % 3)}
        lines += ring_lines(f"fake{number}", START + number * HOUR // 14, members=3, **its)
    then = START + 22 * HOUR
    for number in range(300):
        lines += later(f"fake{number}", then + number * 200, **dear)
    rises = {"unpaid": {**dear, "amount": 900.0}, "paid": {"amount": 2000.0, "event_type": "payment"}}
    for name, its in rises.items():
        lines += [*ring_lines(name, START - 3 * HOUR, members=8, amount=100.0), *later(name, then + 30 * MINUTE, **its)]
    told = dict[str, int]()
    for document in published(lines):
        for event_id in document["event_ids"]:
            told.setdefault(event_id.partition("-")[0], document["told_at"])
    waits = {name: (told[f"{name}again"] - then) / MINUTE - 30 for name in rises}
    assert max(waits.values()) <= 10, waits
    assert sorted(told[f"fake{number}again"] for number in range(300))[150] - then >= 4 * HOUR, "the flood waits for itself"


def test_among_look_alikes_the_large_leave_room_for_the_ids_of_each_other() -> None:
    lines, longest = list[Line](), "i" * 120
    for number in range(2 * FAKES_PER_HOUR):
        its = ring_lines(f"fake{number}", START + number * HOUR // FAKES_PER_HOUR, members=25, amount=100.0)
        lines += [(at_ms, {**fields, "event_id": f"{fields['event_id']}-{longest}"}) for at_ms, fields in its]
    start = START + 37 * MINUTE + 11
    lines += ring_lines("honest", start, members=5, amount=100.0)
    told = next(one for one in published(lines) if any(event_id.startswith("honest") for event_id in one["event_ids"]))
    assert told["ring"].startswith("alike-") and len(told["rings"]) > 16
    assert told["told_at"] - start <= 30 * MINUTE


def test_a_flood_is_gathered_into_few_records_that_say_how_many_rings_they_are() -> None:
    dice, lines = Random(1), list[Line]()
    for number in range(HOURS * FAKES_PER_HOUR):
        lines += ring_lines(f"fake{number}", START + number * HOUR // FAKES_PER_HOUR, **fake(number, dice))
    revisions = list(published(lines))
    last = {document["id"]: document for document in revisions}
    alike = [document for document in last.values() if document["ring"].startswith("alike-")]
    assert len(alike) <= 2 * HOURS and len(last) - len(alike) <= 16 * HOURS
    assert sum(document["alerts"] for document in last.values()) == len(lines), "each alert is in one incident"
    merged = [fact["value"] for document in alike for fact in document["evidence"]["facts"] if fact["name"] == "merged_rings"]
    assert sum(merged) >= HOURS * (FAKES_PER_HOUR - 20)
    within = [one["told_at"] for one in revisions if one["told_at"] < START + HOURS * HOUR]
    assert max(sum(0 <= at - begin < HOUR for at in within) for begin in within) <= 60


def test_a_ring_that_grows_leaves_the_look_alikes() -> None:
    lines = [line for number in range(70) for line in ring_lines(f"fake{number}", START + number * 1000, members=6, amount=100.0)]
    lines += ring_lines("large", START + 80_000, members=40, amount=100.0)
    last = {document["id"]: document for document in published(lines)}
    own = [document for document in last.values() if "large-39" in document["event_ids"]]
    assert [document["ring"].startswith("alike-") for document in own] == [False]
    assert own[0]["alerts"] == 40 - 7, "from its eighth alert on"


CHEAP: dict[str, Any] = {"amount": 12.0, "score": 0.55}


@pytest.mark.parametrize(
    "dear",
    [
        {"amount": 9000.0, "decision": "block", "score": 0.9},
        {"amount": 12.0, "decision": "block", "score": 0.99},
        {"amount": 9000.0},
        {"amount": 900.0, "event_type": "payment"},
        {"amount": 900.0, "event_type": "refund_request"},
    ],
)
@pytest.mark.parametrize("before", [{}, {"amount": 1e12}])
def test_growth_that_many_weak_alerts_hide_is_told_at_once(dear: dict[str, Any], before: dict[str, Any]) -> None:
    """Whatever rises, and also after one invented amount: within a minute of what makes the difference."""
    shared = {"ring": pseudonym(1)}
    entities = [{"account": pseudonym(number + 10), "device": pseudonym(2)} for number in range(60)]
    lines: list[Line] = [(START + n * MINUTE, {**CHEAP, **shared, "event_id": f"c{n}", "entities": entities[n % 60]}) for n in range(900)]
    lines[3] = (lines[3][0], lines[3][1] | before)
    then = START + 900 * MINUTE + 20 * HOUR
    lines += [(then + n * 5_000, {**CHEAP, **dear, **shared, "event_id": f"d{n}", "entities": entities[n % 60]}) for n in range(100)]
    told = next(one for one in published(lines) if one["told_at"] >= then and one["ring"] == pseudonym(1) and one["rises"])
    enough = 1 if dear.get("decision") == "block" else 30
    assert told["told_at"] - then <= enough * 5_000
    assert set(told["rises"]) & {"severity", "blocked", "money"}


@pytest.mark.parametrize("meets", [0, 1, 99])
def test_what_two_rings_hide_that_meet_later_is_told_at_once(meets: int) -> None:
    """Which of the dear orders is of both rings: the first, the second or the last."""
    names = [pseudonym(1), pseudonym(2)]
    whose = [{"ring": names[n % 2], "entities": {"account": pseudonym(n + 10), "device": names[n % 2]}} for n in range(60)]
    lines: list[Line] = [(START + n * MINUTE, {**CHEAP, **whose[n % 60], "event_id": f"c{n}"}) for n in range(900)]
    then, dear = START + 900 * MINUTE + 20 * HOUR, {"amount": 9000.0, "decision": "block", "score": 0.9}
    lines += [(then + n * 5_000, {**whose[n % 60], **dear, "event_id": f"d{n}"}) for n in range(100)]
    lines[900 + meets][1]["joins"] = names
    revisions = [one for one in published(lines) if then <= one["told_at"] < then + HOUR and one["status"] != "closed"]
    assert (revisions[0]["told_at"], revisions[0]["rises"]) == (then, ["blocked", "money"])
    assert revisions[-1]["money_at_risk"]["EUR"] >= 100 * 9000.0 / (4 if meets == 99 else 2), "what is told last has not doubled since"


def test_dear_orders_after_many_of_which_each_is_worth_something_are_told_at_once() -> None:
    """The many are worth more than half of all, and half of them are blocked."""
    shared = {"ring": pseudonym(1), "score": 0.9}
    lines: list[Line] = [
        (START + n * MINUTE, {**shared, "event_id": f"c{n}", "amount": 1000.0, "decision": ("investigate", "block")[n % 2]})
        for n in range(900)
    ]
    then = START + 901 * MINUTE
    lines += [(then + n * 5_000, {**shared, "event_id": f"d{n}", "amount": 9000.0, "decision": "block"}) for n in range(20)]
    (told, *_) = [one for one in published(lines) if one["told_at"] >= then]
    assert (told["told_at"], told["rises"]) == (then, ["money"])


def test_revisions_grow_with_the_logarithm_however_an_attacker_grows() -> None:
    """A thousand alerts, each a little dearer, half of them blocked."""
    fields = {"ring": pseudonym(1), "score": 0.9}
    lines: list[Line] = [
        (START + n * 1000, {**fields, "event_id": f"d{n}", "amount": 100.0 * n, "decision": ("investigate", "block")[n % 2]})
        for n in range(1000)
    ]
    assert len(list(published(lines))) <= 40
