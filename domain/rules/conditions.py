"""What a rule says: a tree of conditions, the decision, and from when to when. It holds no code."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

INVESTIGATE, BLOCK, APPROVE_UNLESS_BLOCKED = "investigate", "block", "approve_unless_blocked"
DECISIONS = (INVESTIGATE, BLOCK, APPROVE_UNLESS_BLOCKED)
"""What a rule may decide; the last spares a review, never a block."""
ACTIVE, SHADOW, PAUSED, DELETED = "active", "shadow", "paused", "deleted"
STATES = (ACTIVE, SHADOW, PAUSED, DELETED)
"""States of a record. A shadow rule is evaluated and decides nothing."""
IS, IS_NOT, IN = "is", "is_not", "in"
AT_LEAST, ABOVE, AT_MOST, BELOW, BETWEEN = "at_least", "above", "at_most", "below", "between"
COMPARISONS = (AT_LEAST, ABOVE, AT_MOST, BELOW, IS, BETWEEN)
"""How a number is compared; `between` includes both ends."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of a number: one of `COMPARISONS` with `value`, for `between` up to `upper`."""

    name: str
    value: float
    upper: float = math.inf


@dataclass(frozen=True, slots=True)
class FeatureIs:
    """Comparison of a feature, in the feature's own unit."""

    feature: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class AmountIs:
    """Comparison of the event's amount; it never holds in another currency."""

    currency: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class FieldIs:
    """The event's `event_type` or `currency` is, is not, or is one of `values`."""

    field: str
    name: str
    """`is`, `is_not` or `in`."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberIs:
    """Comparison of a numeric attribute, as the event gives it."""

    attribute: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class CategoryIs:
    """A categorical attribute is, is not, or is one of `values`."""

    attribute: str
    name: str
    """`is`, `is_not` or `in`."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntityGiven:
    """The event names an entity of this kind, or names none."""

    kind: str
    present: bool


@dataclass(frozen=True, slots=True)
class EntityListed:
    """The event's entity of this kind is on a list, or is given and is not on it."""

    kind: str
    list: str
    listed: bool


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """The event's local time lies from minute `begin` of the day to before `end`; over midnight if
    `end < begin`.
    """

    begin: int
    end: int
    zone: str


@dataclass(frozen=True, slots=True)
class Weekday:
    """The event's local day is one of `days`, positions in `WEEKDAYS`."""

    days: tuple[int, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; with no parts it always holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; with no parts it never holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold, for whatever reason: it may be that what it asks for is missing."""

    part: Condition


Leaf = FeatureIs | AmountIs | FieldIs | NumberIs | CategoryIs | EntityGiven | EntityListed | TimeOfDay | Weekday
Condition = Leaf | AllOf | AnyOf | Not
NEVER = AnyOf(())


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule."""

    id: str
    version: int
    state: str
    """One of `STATES`."""
    when: Condition
    decision: str
    """One of `DECISIONS`."""
    text: str
    expires_ms: int | None
    """The rule does not fire for events from this time on, in ms since 1970; None: it stays."""
    by: str
    reason: str


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the comparisons of a condition in the order in which it names them."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    else:
        yield condition
