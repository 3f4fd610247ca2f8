"""Figures that one kind of attack alone has."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from domain.decisions.alert import Alert
from domain.decisions.decision import BLOCK, Decision
from domain.events.event import Rejected
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.events.rejection import rejection
from domain.graph import GraphSettings
from domain.incidents.incident import WAVE
from domain.incidents.review_desk import is_overflow
from domain.incidents.ring_book import RingBook
from domain.incidents.settings import IncidentSettings
from domain.json_text import as_unicode_json
from domain.simulator.adversary import Arrival, History
from domain.step import Step
from domain.times import MINUTE_MS
from tests.adversary.run import KEY, Run
from tests.adversary.waits import published, waits

Figures = dict[str, float]


def besides(name: str, history: History, run: Run, clean: Run) -> Figures:
    """Return an attack's own figures, those that have any."""
    own = OWN.get(name)
    found = {} if own is None else own(history, run, clean)
    decided = [decision for _, decision in _crafted(run)]
    if decided:
        found["crafted, flagged %"] = 100 * sum(one.is_flagged for one in decided) / len(decided)
    return found


def _victims(history: History, run: Run, clean: Run) -> Figures:
    return {"victims": len(history.victims), "flagged": _flagged(history, run), "clean": _flagged(history, clean)}


def _flagged(history: History, run: Run) -> int:
    of_victims = [(arrival, one) for arrival, one in run.decided if arrival.account in history.victims and not arrival.crafted]
    return len({arrival.account for arrival, one in of_victims if one.is_flagged})


def _named(history: History, run: Run, clean: Run) -> Figures:
    """Return of how many flagged rings an incident names a device or address when their first alert comes."""
    of_rings: dict[str, set[str]] = {}
    for arrival, one in run.decided:
        if arrival.ring and not arrival.crafted:
            of_rings.setdefault(arrival.ring, set()).update(thing for kind, thing in one.entities.items() if kind != "account")
    named: dict[str, int] = {}
    for at_ms, document in published(run):
        for kind in document["participants"].values():
            for thing in kind["pseudonyms"]:
                named.setdefault(thing, at_ms)
    flagged = waits(run)
    told = [any(named.get(thing, wait.first_ms + 1) <= wait.first_ms for thing in of_rings[ring]) for ring, wait in flagged.items()]
    return {"rings named by their first alert %": 100 * sum(told) / len(told) if told else -1}


def _counted(history: History, run: Run, clean: Run) -> Figures:
    last: dict[str, int] = {}
    for document in [*(told for _, told in run.revisions), *run.after]:
        if not is_overflow(document) and document["kind"] != WAVE:
            last[document["id"]] = document["alerts"]
    return {"alerts": sum(one.is_flagged for _, one in run.decided), "in incidents": sum(last.values())}


def _again(history: History, run: Run, clean: Run) -> Figures:
    known = {one.event_id for one in history.arrivals if not one.crafted}
    orders = [one for one in history.arrivals if one.crafted and one.event_id in known]
    return {"orders sent again": len(orders), "decided again": sum(arrival.event_id in known for arrival, _ in _crafted(run))}


def _flood(history: History, run: Run, clean: Run) -> Figures:
    times = [one.at_ms for one in history.arrivals if one.crafted]
    ids = {one.event_id for one in history.arrivals if one.crafted}
    within = [document for at_ms, document in published(run) if times[0] <= at_ms <= times[-1]]
    of_flood = sum(not ids.isdisjoint(document["event_ids"]) for document in within)
    begin, end = times[0], times[-1]
    shown = [ring for ring in waits(run).values() if ring.shows_ms is not None and begin <= ring.shows_ms < end]
    told = [wait for wait in (ring.untold_min for ring in shown) if wait is not None]
    return {
        "revisions meanwhile": len(within),
        "of the flood": of_flood,
        "rings that show meanwhile": len(shown),
        "told after min, median": median(told) if told else -1,
        "longest": max(told, default=-1),
        "not told": len(shown) - len(told),
    }


def _growth(history: History, run: Run, clean: Run) -> Figures:
    crafted = [(arrival, one) for arrival, one in _crafted(run) if one.is_flagged]
    dear = [(arrival.at_ms, one) for arrival, one in crafted if (one.amount or 0) > 1000 and one.outcome == BLOCK]
    if not dear:
        return {"dear orders blocked": 0}
    begun, ids = dear[0][0], {one.event_id for _, one in crafted}
    told = next((at_ms for at_ms, document in published(run) if at_ms > begun and not ids.isdisjoint(document["event_ids"])), None)
    untold = [one.amount or 0 for at_ms, one in dear if told is None or at_ms < told]
    return {
        "dear orders blocked": len(dear),
        "told after min": -1 if told is None else (told - begun) / MINUTE_MS,
        "untold until then, EUR": sum(untold),
    }


def _instant(history: History, run: Run, clean: Run) -> Figures:
    alerts = [Alert.raised(one, (), one.time_ms) for _, one in _crafted(run) if one.is_flagged]
    book, begun = RingBook(IncidentSettings(), {}, {}, {}, {}), time.process_time()
    for alert in alerts:
        book.on_alert(alert)
    return {"alerts": len(alerts), "us each in the ring book": (time.process_time() - begun) * 1e6 / max(1, len(alerts))}


def _junk(history: History, run: Run, clean: Run) -> Figures:
    raw = [rejection(line, Rejected("event_time", ""), 0)["raw"] for line in run.rejected]
    return {"rejected": len(raw), "with mail or card in clear": sum("anna.keller" in text or "4111 1111" in text for text in raw)}


def _dear(history: History, run: Run, clean: Run) -> Figures:
    orders = _orders(run)
    flagged = sum(one.is_flagged for one in orders)
    return {"dear orders": len(orders), "flagged": flagged, "deviations from the habit": median(deviations(history))}


def deviations(history: History) -> list[float]:
    """Return how far the crafted orders are from their accounts' habits, by the events of these alone."""
    parser, step = EventParser(GraphSettings(), Pseudonyms(KEY)), Step(GraphSettings())
    states: list[dict[int, bytes]] = [{} for _ in step.graph.stages]
    crafted = [one for one in history.arrivals if one.crafted]
    trails = [step(parser.parse(as_unicode_json(one.document).encode()), states) for one in crafted]
    return [trail.z for trail, one in zip(trails, crafted, strict=True) if trail and one.document["event_type"] == "order"]


def _crafted(run: Run) -> list[tuple[Arrival, Decision]]:
    return [(arrival, decision) for arrival, decision in run.decided if arrival.crafted]


def _orders(run: Run) -> list[Decision]:
    return [decision for arrival, decision in _crafted(run) if decision.event_type == "order"]


OWN: dict[str, Callable[[History, Run, Run], Figures]] = {
    "blame_customers": _victims,
    "charge_back_to": _victims,
    "dilute": _named,
    "same_id": _counted,
    "repeat_after_cheap": _again,
    "flood": _flood,
    "hide_growth": _growth,
    "one_instant": _instant,
    "junk": _junk,
    "other_currency": _dear,
}
