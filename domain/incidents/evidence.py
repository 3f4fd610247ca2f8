"""An incident's evidence pack: facts with ids and the strongest events, computed from the tally, small,
deterministic.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.incidents.money import from_units, money_text
from domain.incidents.tally import MILLIONTHS, OTHER, IncidentTally

EVIDENCE_BYTES = 6_000  # of JSON: a few hundred tokens of prompt, and an entry an analyst can still read
_TOP_CURRENCIES = 2
_TOP_REASONS = 5
_NOUNS = {"email": "email address", "ip": "IP address", "payment": "payment instrument"}

# name, value, unit, text: a fact before it has its id
_Row = tuple[str, int | float | str, str, str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known about an incident. `name` is for code, `text` for people; both tell the same value."""

    id: str
    name: str
    value: int | float | str
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts F1, F2, ... and the strongest events, strongest first."""

    facts: tuple[Fact, ...]
    strongest: tuple[dict[str, Any], ...]

    def to_document(self) -> dict[str, Any]:
        """Return the pack as JSON values."""
        facts = [{name: getattr(fact, name) for name in Fact.__slots__} for fact in self.facts]
        return {"facts": facts, "strongest": [dict(event) for event in self.strongest]}


def evidence_of(tally: IncidentTally) -> Evidence:
    """Return the evidence pack of a tally with at least one alert, at most EVIDENCE_BYTES of JSON.

    Facts always stay; the weakest of the strongest events give way.
    """
    facts = tuple(Fact(f"F{number}", *row) for number, row in enumerate(_rows(tally), start=1))
    strongest = [{**event, "time": rfc3339(event["time"])} for event in tally.strongest]
    pack = Evidence(facts, tuple(strongest))
    while strongest and len(json.dumps(pack.to_document(), separators=(",", ":"))) > EVIDENCE_BYTES:
        strongest.pop()
        pack = Evidence(facts, tuple(strongest))
    return pack


def rfc3339(time_ms: int) -> str:
    """Return milliseconds since the epoch as RFC 3339 in UTC, with milliseconds only where there are any."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC).replace(microsecond=time_ms % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds" if time_ms % 1000 else "seconds").replace("+00:00", "Z")


def duration_text(seconds: int) -> str:
    """Return e.g. "1 h 30 min"; seconds only below an hour."""
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [(hours, "h"), (minutes, "min"), (rest if not hours else 0, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def number_text(number: float) -> str:
    """Return e.g. "0.75" or "12", at most three decimals, never an exponent."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _rows(tally: IncidentTally) -> Iterator[_Row]:
    yield "alerts", tally.alerts, "alerts", _counted(tally.alerts, "alert")
    if not tally.connected:
        yield "unconnected", tally.alerts, "alerts", f"{_counted(tally.alerts, 'alert')} of accounts that nothing connects"
    if tally.merged:
        yield "merged_rings", tally.merged, "rings", f"{_counted(tally.merged, 'other ring')} became part of this one"
    for event_type, count in _ranked(tally.types):
        yield f"type_{event_type}", count, "alerts", f"{_counted(count, 'alert')} on {event_type} events"
    for decision, count in _ranked(tally.decisions):
        yield f"decision_{decision}", count, "alerts", f"{_counted(count, 'alert')} decided {decision}"
    yield from _money_rows(tally)
    yield from _time_rows(tally)
    for kind in tally.members.kinds():
        yield from _member_rows(tally, kind)
    yield from _reason_rows(tally)
    highest, mean = (round(score / MILLIONTHS, 3) for score in (tally.score_max, tally.score_sum / tally.alerts))
    yield "score_max", highest, "score", f"highest score {number_text(highest)}"
    yield "score_mean", mean, "score", f"mean score {number_text(mean)}"


def _money_rows(tally: IncidentTally) -> Iterator[_Row]:
    for name, sums, what in (
        ("money", tally.money, "flagged orders and payments"),
        ("refunds", tally.refunds, "flagged refund requests"),
    ):
        for currency, units in _ranked(sums)[:_TOP_CURRENCIES]:
            text = f"{money_text(units, currency)} in {what}"
            yield f"{name}_{currency}", from_units(units), currency, text
    if tally.small_payments:
        text = f"{_counted(tally.small_payments, 'payment')} of a tiny amount"
        yield "small_payments", tally.small_payments, "payments", text


def _time_rows(tally: IncidentTally) -> Iterator[_Row]:
    first, last = rfc3339(tally.first_ms), rfc3339(tally.last_ms)
    seconds = (tally.last_ms - tally.first_ms) // 1000
    yield "first_time", first, "time", f"first alert at {first}"
    yield "last_time", last, "time", f"last alert at {last}"
    yield "duration", seconds, "s", f"{duration_text(seconds)} from first to last alert"


def _member_rows(tally: IncidentTally, kind: str) -> Iterator[_Row]:
    count, (pseudonym, alerts) = tally.members.distinct(kind), tally.members.most_shared(kind)
    noun, bound = _NOUNS.get(kind, kind), "" if tally.members.is_exact(kind) else "at least "
    yield f"distinct_{kind}", count, kind, f"{bound}{count} distinct {_plural(noun, count)}"
    if alerts > 1:
        yield f"shared_{kind}", alerts, "alerts", f"{noun} {pseudonym:016x} is in {bound}{_counted(alerts, 'alert')}"


def _reason_rows(tally: IncidentTally) -> Iterator[_Row]:
    named = [(weight, code, alerts) for code, (alerts, weight) in tally.reasons.items() if code != OTHER]
    for weight, code, alerts in sorted(named, key=lambda row: (-row[0], row[1]))[:_TOP_REASONS]:
        summed = round(weight / MILLIONTHS, 3)
        yield f"reason_{code}", summed, "weight", f"reason {code} in {_counted(alerts, 'alert')}, weight {number_text(summed)}"


def _ranked(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {_plural(noun, count)}"


def _plural(noun: str, count: int) -> str:
    if count == 1:
        return noun
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"
