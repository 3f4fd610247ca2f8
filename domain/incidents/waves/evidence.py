"""The evidence of a wave: how many events, of whom, against what is usual, when and for how much money."""

from __future__ import annotations

from collections.abc import Iterator

from domain.incidents.evidence import Evidence, Fact
from domain.incidents.money import from_units, money_text
from domain.incidents.waves.counts import Total
from domain.times import holding_duration, rfc3339
from domain.wording import counted

_TOP_CURRENCIES = 3
TYPE_NOUNS = {
    "signup": "sign-up", "login": "login", "order": "order", "payment": "payment", "refund_request": "refund request",
    "account_change": "account change", "small_payment": "tiny payment",
}  # fmt: skip
AGE_WORDS = {"new": "less than a day old", "young": "less than a month old", "old": "more than a month old", "unknown": "of unknown age"}

_Row = tuple[str, int | float | str, str, str]


def wave_evidence(kind: str, age: str, total: Total, usual: float) -> Evidence:
    """Return the evidence of a wave of a type of events, from accounts of an age; no event is named."""
    return Evidence(tuple(Fact(f"F{number}", *row) for number, row in enumerate(_rows(kind, age, total, usual), start=1)), ())


def _rows(kind: str, age: str, total: Total, usual: float) -> Iterator[_Row]:
    events = counted(total.events, TYPE_NOUNS[kind])
    yield f"wave_{kind}", total.events, "events", events
    yield f"age_{age}", total.events, "events", f"{events} from accounts {AGE_WORDS[age]}"
    if total.disposable:
        yield "disposable_mail", total.disposable, "events", f"{total.disposable:,} of them with disposable email domains"
    rounded = round(usual)
    yield (
        "usual",
        rounded,
        "events",
        f"{counted(rounded, TYPE_NOUNS[kind])} {'is' if rounded == 1 else 'are'} usual in that time"
        if rounded
        else "usual is less than one",
    )
    first, last = rfc3339(total.first_ms), rfc3339(total.last_ms)
    seconds = (total.last_ms - total.first_ms) // 1000
    yield "first_time", first, "time", f"first event at {first}"
    yield "last_time", last, "time", f"last event at {last}"
    yield "duration", seconds, "s", f"all events lie within {holding_duration(seconds)}"
    ranked = sorted((total.money or {}).items(), key=lambda item: (-item[1], item[0]))
    for currency, units in ranked[:_TOP_CURRENCIES]:
        yield f"asked_{currency}", from_units(units), currency, f"{money_text(units, currency)} in these events"
    if more := len(ranked[_TOP_CURRENCIES:]):
        yield "more_asked", more, "sums", f"{counted(more, 'more sum')} in other currencies"
    if total.others == 0:
        yield "used_by_others", 0, "events", "no two of these accounts name the same device, address or other thing"
    elif total.others > 0:
        text = f"{total.others:,} of them name a device, address or other thing that another account named before"
        yield "used_by_others", total.others, "events", text
