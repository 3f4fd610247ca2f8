"""From the `when` of a record to a tree of conditions, or `Rejected` with the path and the mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from domain.events.currency import CODES
from domain.events.event import Rejected
from domain.events.quoting import kind_of
from domain.graph import EVENT_TYPES
from domain.rules.conditions import (
    AT_MOST,
    BELOW,
    BETWEEN,
    COMPARISONS,
    DAY_MINUTES,
    IN,
    IS,
    IS_NOT,
    WEEKDAYS,
    AllOf,
    AmountIs,
    AnyOf,
    CategoryIs,
    Comparison,
    Condition,
    EntityGiven,
    EntityListed,
    FeatureIs,
    FieldIs,
    Not,
    NumberIs,
    TimeOfDay,
    Weekday,
)
from domain.rules.local_time import UnknownZone, zone_of
from domain.rules.names import AMOUNT, CURRENCY, RuleNames, nearest
from domain.rules.record_fields import choice_of, list_name_of, number_of, refuse_others

MAX_DEPTH, MAX_CONDITIONS, MAX_VALUES = 4, 20, 50
MAX_VALUE = 200
"""Longest value of a category, in characters."""
_CHOICES = (IS, IS_NOT, IN)
_GROUPS = ("all", "any", "not")
_SUBJECTS = ("feature", "field", "attribute", "entity", "time_of_day", "weekday")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|(24):(00)", re.ASCII)


class ConditionReader:
    """Reader of one `when`; it counts the conditions."""

    def __init__(self, names: RuleNames) -> None:
        self._names = names
        self._count = 0
        self._subjects: dict[str, Callable[[Mapping[str, Any], str], Condition]] = {
            "feature": self._feature, "field": self._field, "attribute": self._attribute, "entity": self._entity,
            "time_of_day": _time_of_day, "weekday": _weekday,
        }  # fmt: skip

    def read(self, value: Any, path: str = "when", depth: int = 1) -> Condition:
        """Return the condition at a path; raise `Rejected`."""
        if not isinstance(value, Mapping):
            raise Rejected(path, f'a condition is wanted, an object such as {{"feature": ..., "at_least": 8}}, not {kind_of(value)}')
        if depth > MAX_DEPTH:
            raise Rejected(path, f"nested deeper than {MAX_DEPTH} levels; split the rule in two")
        named = [key for key in (*_GROUPS, *_SUBJECTS) if key in value]
        if len(named) > 1:
            raise Rejected(path, f"{named[0]} and {named[1]} in one condition: write two conditions below all or any")
        if not named:
            self._nothing_named(value, path)
        if named[0] in _GROUPS:
            return self._group(named[0], value, path, depth)
        self._count += 1
        if self._count > MAX_CONDITIONS:
            raise Rejected(path, f"more than {MAX_CONDITIONS} conditions; split the rule in two")
        return self._subjects[named[0]](value, path)

    def _nothing_named(self, value: Mapping[str, Any], path: str) -> NoReturn:
        known = (*_GROUPS, *_SUBJECTS)
        near = next((f"; did you mean {one}?" for key in value if isinstance(key, str) and (one := nearest(key, known))), "")
        raise Rejected(path, f"a condition names one of {', '.join(known)}{near}")

    def _group(self, name: str, value: Mapping[str, Any], path: str, depth: int) -> Condition:
        refuse_others(value, (name,), path)
        inner = value[name]
        if name == "not":
            return Not(self.read(inner, f"{path}.not", depth + 1))
        if not isinstance(inner, list | tuple):
            raise Rejected(f"{path}.{name}", f"an array of conditions is wanted, not {kind_of(inner)}")
        if not inner:
            raise Rejected(f"{path}.{name}", "it is empty; name at least one condition")
        parts = tuple(self.read(part, f"{path}.{name}[{index}]", depth + 1) for index, part in enumerate(inner))
        return AllOf(parts) if name == "all" else AnyOf(parts)

    def _feature(self, value: Mapping[str, Any], path: str) -> Condition:
        name = self._known(value, "feature", path, self._names.features, "ringwatch rules show lists the features")
        feature, comparison = self._names.features[name], _comparison(value, path, ("feature",))
        if feature.scale == "log" and comparison.name in (AT_MOST, BELOW, IS, BETWEEN) and comparison.value < 0:
            raise Rejected(f"{path}.{comparison.name}", f"{name} is never below 0")
        return FeatureIs(name, comparison)

    def _field(self, value: Mapping[str, Any], path: str) -> Condition:
        name = self._known(value, "field", path, self._names.fields, f"fields are {', '.join(self._names.fields)}")
        if name == AMOUNT:
            return _amount(value, path)
        known = CODES if name == CURRENCY else frozenset(EVENT_TYPES)
        what = "a currency code such as EUR" if name == CURRENCY else f"one of {', '.join(EVENT_TYPES)}"
        return FieldIs(name, *_chosen(value, path, "field", lambda one, at: _one_of(one, at, known, what)))

    def _attribute(self, value: Mapping[str, Any], path: str) -> Condition:
        known = self._names.attributes
        mend = f"known are {', '.join(known)}" if known else "name it in graph.numeric_attributes or graph.categorical_attributes"
        name = self._known(value, "attribute", path, known, mend)
        if name in self._names.numeric:
            return NumberIs(name, _comparison(value, path, ("attribute",)))
        return CategoryIs(name, *_chosen(value, path, "attribute", _category))

    def _entity(self, value: Mapping[str, Any], path: str) -> Condition:
        kind = self._known(value, "entity", path, self._names.kinds, f"kinds of the graph are {', '.join(self._names.kinds)}")
        refuse_others(value, ("entity", IS, "in_list", "not_in_list"), path)
        named = [key for key in (IS, "in_list", "not_in_list") if key in value]
        if len(named) != 1:
            raise Rejected(path, "an entity takes one of is (missing or present), in_list and not_in_list")
        if named[0] == IS:
            return EntityGiven(kind, choice_of(value[IS], f"{path}.is", ("missing", "present")) == "present")
        return EntityListed(kind, list_name_of(value[named[0]], f"{path}.{named[0]}"), named[0] == "in_list")

    def _known(self, value: Mapping[str, Any], key: str, path: str, known: Any, mend: str) -> str:
        name = value[key]
        if not isinstance(name, str):
            raise Rejected(f"{path}.{key}", f"a name is wanted, not {kind_of(name)}")
        if name in known:
            return name
        near = nearest(name, known)
        raise Rejected(f"{path}.{key}", f"unknown {key}; {f'did you mean {near}? ' if near else ''}{mend}")


def _amount(value: Mapping[str, Any], path: str) -> Condition:
    if value.get(CURRENCY) is None:
        raise Rejected(f"{path}.currency", "it is missing: an amount is compared in one currency, such as EUR; other events are not met")
    currency = _one_of(value[CURRENCY], f"{path}.currency", CODES, "a currency code such as EUR")
    return AmountIs(currency, _comparison(value, path, ("field", CURRENCY)))


def _comparison(value: Mapping[str, Any], path: str, others: tuple[str, ...]) -> Comparison:
    refuse_others(value, (*others, *COMPARISONS), path)
    named = [key for key in COMPARISONS if key in value]
    if len(named) != 1:
        both = "between: [low, high] compares with two numbers" if len(named) > 1 else "it compares with nothing"
        raise Rejected(path, f"{both}; write one of {', '.join(COMPARISONS)}")
    name, wanted = named[0], value[named[0]]
    if name != BETWEEN:
        return Comparison(name, number_of(wanted, f"{path}.{name}"))
    if not isinstance(wanted, list | tuple) or len(wanted) != 2:
        raise Rejected(f"{path}.between", f"two numbers are wanted, [low, high], not {kind_of(wanted)}")
    low, high = (number_of(one, f"{path}.between[{index}]") for index, one in enumerate(wanted))
    if low > high:
        raise Rejected(f"{path}.between", "the first number must not be above the second")
    return Comparison(BETWEEN, low, high)


def _chosen(value: Mapping[str, Any], path: str, subject: str, check: Callable[[Any, str], str]) -> tuple[str, tuple[str, ...]]:
    refuse_others(value, (subject, *_CHOICES), path)
    named = [key for key in _CHOICES if key in value]
    if len(named) != 1:
        raise Rejected(path, f"it takes one of {', '.join(_CHOICES)}")
    name, wanted = named[0], value[named[0]]
    if name != IN:
        return name, (check(wanted, f"{path}.{name}"),)
    if not isinstance(wanted, list | tuple) or not 1 <= len(wanted) <= MAX_VALUES:
        raise Rejected(f"{path}.in", f"an array of 1 to {MAX_VALUES} values is wanted")
    return name, tuple(check(one, f"{path}.in[{index}]") for index, one in enumerate(wanted))


def _one_of(value: Any, path: str, known: frozenset[str], what: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    near = nearest(value, known) if isinstance(value, str) else None
    raise Rejected(path, f"{what} is wanted{f'; did you mean {near}?' if near else f', not {kind_of(value)}'}")


def _category(value: Any, path: str) -> str:
    """Return a category as the parser reads it: true, false and numbers as JSON writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if isinstance(value, int | float) else value
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_VALUE or not text.isprintable():
        raise Rejected(path, f"a text of 1 to {MAX_VALUE} printable characters is wanted")
    return text


def _time_of_day(value: Mapping[str, Any], path: str) -> Condition:
    refuse_others(value, ("time_of_day",), path)
    span, path = value["time_of_day"], f"{path}.time_of_day"
    if not isinstance(span, Mapping):
        raise Rejected(path, f'an object is wanted, {{"from": "22:00", "to": "06:00", "zone": "Europe/Berlin"}}, not {kind_of(span)}')
    refuse_others(span, ("from", "to", "zone"), path)
    begin, end = _minute(span.get("from"), f"{path}.from"), _minute(span.get("to"), f"{path}.to")
    if begin == DAY_MINUTES:
        raise Rejected(f"{path}.from", "a day begins at 00:00; 24:00 may only be the end")
    if begin == end % DAY_MINUTES:
        raise Rejected(f"{path}.to", "it is the whole day; leave the condition out, or name another end")
    return TimeOfDay(begin, end % DAY_MINUTES, _zone(span, path))


def _minute(value: Any, path: str) -> int:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        mend = '; in YAML write it in quotes: "22:00"' if isinstance(value, int) else ""
        raise Rejected(path, f"a time of the day such as 22:00 is wanted{mend}")
    hour, minute = (found[1], found[2]) if found[1] else (found[3], found[4])
    return 60 * int(hour) + int(minute)


def _weekday(value: Mapping[str, Any], path: str) -> Condition:
    refuse_others(value, ("weekday", "zone"), path)
    named = value["weekday"]
    if not isinstance(named, list | tuple) or not 1 <= len(named) <= len(WEEKDAYS):
        raise Rejected(f"{path}.weekday", f"an array of days is wanted: {', '.join(WEEKDAYS)}")
    days = {WEEKDAYS.index(choice_of(day, f"{path}.weekday[{index}]", WEEKDAYS)) for index, day in enumerate(named)}
    return Weekday(tuple(sorted(days)), _zone(value, path))


def _zone(value: Mapping[str, Any], path: str) -> str:
    zone = value.get("zone")
    if not isinstance(zone, str):
        missing = "it is missing: " if zone is None else ""
        raise Rejected(f"{path}.zone", f"{missing}a time zone is wanted, such as Europe/Berlin or UTC")
    try:
        zone_of(zone)
    except UnknownZone as why:
        raise Rejected(f"{path}.zone", str(why)) from None
    return zone
