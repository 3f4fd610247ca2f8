"""An incident's evidence pack: facts with ids and the strongest events, small and the same for the same
tally.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.incidents.money import from_units, money_text
from domain.incidents.reason_phrases import NOUNS, reason_text
from domain.incidents.tally import MILLIONTHS, OTHER, IncidentTally
from domain.json_text import as_json
from domain.times import holding_duration, rfc3339
from domain.wording import counted

EVIDENCE_BYTES = 6_600  # of JSON: a few hundred tokens of prompt, and an entry an analyst can still read
_TOP_CURRENCIES = 3
_TOP_REASONS = 5

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

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` returned. Raise KeyError or TypeError for anything else."""
        facts = tuple(Fact(**{name: fact[name] for name in Fact.__slots__}) for fact in document["facts"])
        return cls(facts, tuple(dict(event) for event in document["strongest"]))

    def to_document(self) -> dict[str, Any]:
        """Return the pack as JSON values."""
        facts = [{name: getattr(fact, name) for name in Fact.__slots__} for fact in self.facts]
        return {"facts": facts, "strongest": [dict(event) for event in self.strongest]}


def evidence_of(tally: IncidentTally) -> Evidence:
    """Return the evidence pack of a tally, at most EVIDENCE_BYTES of JSON.

    Facts always stay; the weakest of the strongest events give way.
    """
    facts = tuple(Fact(f"F{number}", *row) for number, row in enumerate(_rows(tally), start=1))
    strongest = [{**event, "time": rfc3339(event["time"])} for event in tally.strongest]
    pack = Evidence(facts, tuple(strongest))
    while strongest and len(as_json(pack.to_document())) > EVIDENCE_BYTES:
        strongest.pop()
        pack = Evidence(facts, tuple(strongest))
    return pack


def number_text(number: float) -> str:
    """Return e.g. "0.75" or "12", at most three decimals, never an exponent."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _rows(tally: IncidentTally) -> Iterator[_Row]:
    yield "alerts", tally.alerts, "alerts", counted(tally.alerts, "alert")
    if not tally.alerts:  # all were of accounts that are forgotten
        yield from _time_rows(tally)
        return
    if not tally.connected:
        yield "unconnected", tally.alerts, "alerts", f"{counted(tally.alerts, 'alert')} of accounts that nothing connects"
    if tally.merged:
        yield "merged_rings", tally.merged, "rings", f"{counted(tally.merged, 'other ring')} became part of this one"
    for event_type, count in _ranked(tally.types):
        yield f"type_{event_type}", count, "alerts", f"{counted(count, 'alert')} on {event_type} events"
    for decision, count in _ranked(tally.decisions):
        yield f"decision_{decision}", count, "alerts", f"{counted(count, 'alert')} decided {decision}"
    yield from _money_rows(tally)
    yield from _time_rows(tally)
    for kind in tally.participants.kinds():
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
        ranked = _ranked(sums)
        for currency, units in ranked[:_TOP_CURRENCIES]:
            text = f"{money_text(units, currency)} in {what}"
            yield f"{name}_{currency}", from_units(units), currency, text
        if more := sum(units > 0 for _, units in ranked[_TOP_CURRENCIES:]):
            yield f"more_{name}", more, "sums", f"{counted(more, 'more sum')} in other currencies in {what}"
    if tally.small_payments:
        text = f"{counted(tally.small_payments, 'payment')} of a tiny amount"
        yield "small_payments", tally.small_payments, "payments", text


def _time_rows(tally: IncidentTally) -> Iterator[_Row]:
    first, last = rfc3339(tally.first_ms), rfc3339(tally.last_ms)
    seconds = (tally.last_ms - tally.first_ms) // 1000
    yield "first_time", first, "time", f"first alert at {first}"
    yield "last_time", last, "time", f"last alert at {last}"
    yield "duration", seconds, "s", f"all alerts lie within {holding_duration(seconds)}"


def _member_rows(tally: IncidentTally, kind: str) -> Iterator[_Row]:
    count, (pseudonym, alerts) = tally.participants.distinct(kind), tally.participants.most_shared(kind)
    noun, bound = NOUNS.get(kind, kind), "" if tally.participants.is_exact(kind) else "at least "
    yield f"distinct_{kind}", count, kind, f"{bound}{counted(count, f'distinct {noun}')}"
    if alerts > 1:
        yield f"shared_{kind}", alerts, "alerts", f"{noun} {pseudonym:016x} is in {bound}{counted(alerts, 'alert')}"


def _reason_rows(tally: IncidentTally) -> Iterator[_Row]:
    """Yield the weightiest reasons; the weight is in the value, for code."""
    named = [(weight, code, alerts) for code, (alerts, weight) in tally.reasons.items() if code != OTHER]
    for weight, code, alerts in sorted(named, key=lambda row: (-row[0], row[1]))[:_TOP_REASONS]:
        yield f"reason_{code}", round(weight / MILLIONTHS, 3), "weight", reason_text(code, alerts, tally.alerts)


def _ranked(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
