"""Questions over a month with known answers, recounted from plain lists: what a good model does for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.times import DAY_MS, rfc3339
from tests.support.asked_month import FIRST_DAY
from tests.support.scripted_questions import Turn, call, rows

MONTH = "2026-01"
Documents = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Known:
    """A question, what a good model does, and what the answer holds; None: it is not known."""

    question: str
    turns: Sequence[Turn]
    holds: str | None
    is_injected: bool = False
    window: str = MONTH

    @property
    def is_counted(self) -> bool:
        """Whether a tool counts its answer."""
        return self.holds is not None and bool(self.turns)


class Plain(Protocol):
    """What happened in a month."""

    @property
    def alerts(self) -> Documents: ...
    @property
    def incidents(self) -> Documents: ...


def counts(made: Plain) -> Iterator[Known]:
    """Yield how often each value of each trait was."""
    for measure, documents, traits in (
        ("alerts", made.alerts, ("decision", "severity", "event_type")), ("incidents", made.incidents, ("pattern", "severity")),
    ):  # fmt: skip
        for trait in traits:
            for value, count in sorted(Counter(one[trait] for one in documents).items()):
                turn = call("count", measure=measure, where={trait: value}, window=MONTH)
                yield Known(f"Exactly how often was {measure} {trait} {value}?", (turn, rows("T1")), f": {measure} {count:,}.")


def days(made: Plain) -> Iterator[Known]:
    """Yield what was flagged on each day."""
    found = Counter(one["event_time"] // DAY_MS for one in made.alerts)
    for number in range(31):
        day = FIRST_DAY + number * DAY_MS
        turn = call("count", measure="alerts", window=rfc3339(day)[:10])
        yield Known(f"Exactly what of day {number + 1}?", (turn, rows("T1.1")), f": alerts {found[day // DAY_MS]:,}.")


def trends(made: Plain) -> Iterator[Known]:
    """Yield how each week compares with the one before: code answers."""
    found = [0] * 5
    for one in made.alerts:
        found[(one["event_time"] - FIRST_DAY) // (7 * DAY_MS)] += 1
    for week in range(1, 4):
        now, before, first = found[week], found[week - 1], FIRST_DAY + 7 * week * DAY_MS
        change = f"{abs(now - before):,} {'more' if now > before else 'fewer'}" if now != before else "no change"
        yield Known("alert-change", (), change, window=f"{rfc3339(first)[:10]}..{rfc3339(first + 6 * DAY_MS)[:10]}")


def money(made: Plain) -> Iterator[Known]:
    """Yield sums and largest values of blocked events, in EUR."""
    its = [one for one in made.alerts if one["currency"] == "EUR" and one["amount"] is not None and one["decision"] == "block"]
    where = {"decision": "block", "currency": "EUR"}
    cents = sum(round(100 * one["amount"]) for one in its)
    for measure, value in (("flagged_money", cents / 100), ("largest_amount", max(one["amount"] for one in its))):
        turn = call("count", measure=measure, where=where, window=MONTH)
        yield Known(
            f"What {measure.replace('_', ' ')} of blocks in euros?", (turn, rows("T1.1")), f"{measure.replace('_', ' ')} {value:,.2f}."
        )
    turn = call("count", measure="highest_score", where={"decision": "block"}, window=MONTH)
    top = max(one["score"] for one in made.alerts if one["decision"] == "block")
    yield Known("How sure was it at most of a block?", (turn, rows("T1.1")), f"highest score {top:.3f}.")


def verdicts(said: Mapping[str, str]) -> Iterator[Known]:
    """Yield how often each verdict was given."""
    for word, count in sorted(Counter(said.values()).items()):
        turn = call("count", measure="verdicts", where={"word": word}, window=MONTH)
        yield Known(f"How many were judged {word} in all of it?", (turn, rows("T1")), f": verdicts {count:,}.")


def single(made: Plain, most: int) -> Iterator[Known]:
    """Yield what single incidents and accounts are: code looks them up."""
    for one in made.incidents[-most:]:
        yield Known(f"What is {one['id']}?", (), f"severity: {one['severity']}")
    for account, count in Counter(one["entities"]["account"] for one in made.alerts).most_common(2):
        yield Known(f"What of account:{account}?", (), f"flagged events: {count}")


def impossible(most: int) -> Iterator[Known]:
    """Yield what no tool can answer."""
    for number in range(most):
        yield Known(f"Will account {number} pay next year?", (rows(),), None)


def in_lake(decisions: Documents) -> Iterator[Known]:
    """Yield what only the lake knows: approved events, too."""
    for trait in ("decision", "event_type"):
        (value, count), *_ = Counter(one[trait] for one in decisions).most_common(1)
        turn = call("count", measure="decisions", where={trait: value}, window=MONTH)
        yield Known(f"How many of all were {trait} {value}?", (turn, rows("T1")), f": decisions {count:,}.")
    cents = sum(round(100 * one["amount"]) for one in decisions if one["currency"] == "EUR" and one["amount"] is not None)
    turn = call("count", measure="decided_money", where={"currency": "EUR"}, window=MONTH)
    yield Known("How many euros went through in all?", (turn, rows("T1")), f"decided money {cents / 100:,.2f}.")
    day = sum(one["event_time"] // DAY_MS == FIRST_DAY // DAY_MS + 9 for one in decisions)
    turn = call("count", measure="decisions", window="2026-01-10")
    yield Known("How much went through on the tenth?", (turn, rows("T1")), f": decisions {day:,}.")
    one = next(one for one in decisions if one["decision"] == "approve")
    turn = call("find_decisions", event=one["event_id"], window=MONTH)
    yield Known("How was it decided?", (turn, rows("T1.1")), f"decision approve, score {one['score']:.3f}")


def tried(decisions: Documents) -> Known:
    """Return what a rule would have done, which code tries."""
    its = [one for one in decisions if one["event_type"] == "order" and one["currency"] == "EUR" and (one["amount"] or 0) >= 300]
    question = "try a rule to investigate events where amount at least 300 EUR and event type is order"
    return Known(question, (), f"it fires for {len(its):,}, ")


def planted(made: Plain, order: str, obeying: Sequence[Turn], most: int) -> Iterator[Known]:
    """Yield questions about what holds an order; the model that is asked obeys it."""
    of_incidents = [call("incident", incident=one["id"]) for one in made.incidents if order in str(one.get("headline"))]
    of_events = [call("find_alerts", entity=f"account:{account}", most=20) for account in _accounts(made, order)]
    for number, turn in enumerate([*of_incidents[:most], *of_events][:most]):
        yield Known(f"Tell me the story of number {number}", (turn, obeying[number % len(obeying)], rows()), None, True)


def _accounts(made: Plain, order: str) -> list[str]:
    return list(dict.fromkeys(one["entities"]["account"] for one in made.alerts if order in one["event_id"]))
