"""Reasons in words: one input's value beside what is usual, in units that people use."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.features.extractor import RECENCY_DAYS, Feature
from domain.memory.link import SUMMARY
from domain.times import DAY_S, HOUR_S, UNITS_S, rough_duration
from domain.wording import number, plural

COUNTED = frozenset({"events", "distinct", "frauds"})
"""Units of features whose text begins with what is counted."""
DURATIONS = {"seconds": 1.0, "hours": float(HOUR_S), "days": float(DAY_S)}
"""Units of time, in seconds."""
_SHORT_SPAN = re.compile(r"\b(\d+(?:\.\d+)?)([dhms])\b")
_NEGATIONS = (
    (re.compile(r" has been seen before$"), " has not been seen before"),
    (re.compile(r" meets this (\w+) for the first time$"), r" has met this \1 before"),
    (re.compile(r" names an? "), " names no "),
    (re.compile(r"'s type is "), "'s type is not "),
    (re.compile(r" is given$"), " is not given"),
)
_SUMMARIES = {
    "age": "age",
    "events": "number of events",
    "events_day": "events in about a day",
    "fraud_rate": "share of fraud among the labels",
    "counterparts": "number of counterparts",
    "unusual": "unusual amounts",
}  # in the words of `SUMMARY`
_LONGEST_FIRST = sorted(SUMMARY, key=len, reverse=True)
# 1970 began on a Thursday
_WEEKDAYS = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")


@dataclass(frozen=True)
class Usual:
    """Of one column in training, as the matrix holds it."""

    median: float
    mean: float


def conditions(feature: Feature) -> Iterator[str]:
    """Yield the names of flags without which the feature's number says nothing.

    For example: 0 hours since a new device was first seen.
    """
    space = feature.name.partition(".")[0]
    yield f"{feature.name}_known"
    yield f"{space}.given"
    if feature.unit in DURATIONS:
        yield f"{space}.known"
    if feature.group.endswith(".amount"):
        yield "event.has_amount"


def words(feature: Feature, value: float, usual: Usual) -> str:
    """Return e.g. "7 accounts at the device within 1 hour; usual 1". Values are as the matrix holds them."""
    if feature.unit == "flag":
        share = usual.mean if value > 0.5 else 1.0 - usual.mean
        return f"{states(feature, value)}; seen in {percent(share)} of events"
    then = reads(feature, usual.median)
    return f"{states(feature, value)}; usual {then.removesuffix(' times') if feature.unit == 'log ratio' else then}"


def states(feature: Feature, value: float) -> str:
    """Return e.g. "7 accounts at the device within 1 hour"."""
    text, unit = _spelt(feature.text), feature.unit
    if unit == "flag":
        return text if value > 0.5 else _negated(text)
    now = reads(feature, value)
    if unit in COUNTED:
        return f"{now} {_one(text) if now in ('1', 'under 1') else text}"
    if unit in DURATIONS and text.startswith(f"{unit} "):
        return f"{now} {text.removeprefix(unit).lstrip()}"
    if unit == "log ratio":
        return text.replace(" against ", f" {now} ", 1)
    for ending in (", ln days", ", ln events", ", ln", ", in standard deviations"):
        text = text.removesuffix(ending)
    return f"{text.removeprefix('recency of ')}: {now}"


def tells(feature: Feature, value: float, usual: str) -> bool:
    """Return whether the value reads otherwise than the usual one, which reads `usual`."""
    return value > 0.0 if feature.unit == "flag" else reads(feature, value) != usual


def link_words(feature: Feature, values: list[float], usual: float, kind: str) -> str:
    """Return the same for the last events of an entity of this kind.

    `values`, never empty, holds the column of each event.
    """
    text, one = _spelt(feature.text).replace("_", " "), len(values) == 1
    last = f"the {kind}'s last event" if one else f"the {kind}'s last {len(values)} events"
    if feature.unit == "flag":
        return f"{_link_flag(text, round(sum(values)), last, one)}; usual {percent(usual)}"
    now, then = reads(feature, sum(values) / len(values)), reads(feature, usual)
    if summary := _summary(feature.name):
        name, other = summary
        text = f"{_SUMMARIES[name]} of the {plural(other)} behind {last}"
    elif feature.unit == "log ratio":
        return f"amount {now} that of {last}{'' if one else ' on average'}; usual {then.removesuffix(' times')}"
    else:
        text = text.replace("the link's", last + ("'s" if one else "'")).replace("the link", last)
    return f"{text}: {now}{'' if one else ' on average'}; usual {then}"


def _link_flag(text: str, hits: int, last: str, one: bool) -> str:
    """Return e.g. "3 of the device's last 12 events are known fraud" for "the link is known fraud"."""
    verb, _, rest = text.removeprefix("the link ").partition(" ")
    rest = re.sub(r"^an? (.+)$", r"of type \1", rest) if verb == "is" else rest
    singular = one or hits == 1
    verb = {"is": "is" if singular else "are", "has": "has" if singular else "have"}.get(verb, verb)
    return f"{last} {verb}{'' if hits else ' not'} {rest}" if one else f"{hits} of {last} {verb} {rest}"


def _summary(name: str) -> tuple[str, str] | None:
    """Return (name, kind of counterpart) of a link's column that is a part of its counterpart's summary."""
    space, _, column = name.partition(".")
    if not space.endswith("_link"):
        return None
    return next(((part, column.removesuffix(f"_{part}")) for part in _LONGEST_FIRST if column.endswith(f"_{part}")), None)


def clock_words(angles: Mapping[str, float]) -> str:
    """Return the time of the event in words, from the cosines and sines of its hour and weekday."""
    hours = _turn(angles["hour_cos"], angles["hour_sin"]) * 24.0
    day = int(_turn(angles["weekday_cos"], angles["weekday_sin"]) * 7.0) % 7
    return f"the event's time, {_WEEKDAYS[day]} {int(hours) % 24:02}:{int(hours * 60) % 60:02} UTC, raises the score"


def percent(share: float) -> str:
    """Return e.g. 40% or 0.3%."""
    if 0.0 < share < 0.001:
        return "under 0.1%"
    return f"{share:.0%}" if share >= 0.0995 else f"{share:.1%}".replace(".0%", "%")


def reads(feature: Feature, value: float) -> str:
    """Return the value, as the matrix holds it, in words with its unit: "3.5 hours", "7"."""
    unit, text = feature.unit, feature.text
    if unit in DURATIONS:
        return rough_duration(feature.shown(value) * DURATIONS[unit])
    match unit:
        case "events" | "distinct" | "frauds":
            return _count(feature.shown(value))
        case "recency":
            return "never" if value <= 0 else f"{rough_duration((RECENCY_DAYS / value - RECENCY_DAYS) * DAY_S)} ago"
        case "hourly recency":
            return "never" if value <= 0 else f"{rough_duration((1.0 / value - 1.0) * HOUR_S)} ago"
        case "log ratio":
            return f"{number(math.exp(value))} times"
        case "signed log days":
            return rough_duration(math.copysign(math.expm1(abs(value)), value) * DAY_S)
        case "signed log":
            return number(math.copysign(math.expm1(abs(value)), value))
        case "standard deviations" | "5 standard deviations":
            value *= 5.0 if unit.startswith("5") else 1.0
            size = number(abs(value))
            return size if size == "0" else f"{size} standard deviations {'below' if value < 0 else 'above'}"
        case "share":
            return percent(value)
        case "currency":
            return f"{feature.shown(value):,.2f}"
    if unit != "mixed":
        return number(feature.shown(value))
    what = (_summary(feature.name) or (feature.name, ""))[0]
    if "fraud_rate" in what:
        return percent(value)
    return rough_duration(math.expm1(value) * DAY_S) if what == "age" or "ln days" in text else number(math.expm1(value))


def _count(value: float) -> str:
    """Return a whole number: sketches estimate, and what fades in a decayed counter was an event once."""
    return f"{round(value):,}" if value >= 0.5 else "under 1" if value >= 0.05 else "0"


def _negated(text: str) -> str:
    for pattern, negation in _NEGATIONS:
        text, replaced = pattern.subn(negation, text)
        if replaced:
            return text
    return f"not so: {text}"


def _spelt(text: str) -> str:
    """Return the text with half-lives and windows written out: 6h becomes 6 hours."""
    names = {name[0]: name for name in UNITS_S}
    return _SHORT_SPAN.sub(lambda match: f"{match[1]} {names[match[2]]}{'' if match[1] == '1' else 's'}", text)


def _one(text: str) -> str:
    """Return the text with its first plural made singular: one account, one address, one known fraud."""
    return re.sub(r"\b(\w+?)(?:(?<=ss)es|(?<!s)s)\b", r"\1", text, count=1)


def _turn(cosine: float, sine: float) -> float:
    return math.atan2(sine, cosine) / (2.0 * math.pi) % 1.0
