"""Records of rules: what is read, and what is refused, with the field and the mend."""

from __future__ import annotations

import math
from typing import Any

import pytest

from domain.events.event import Rejected
from domain.graph import GraphSettings
from domain.rules.conditions import AllOf, AmountIs, AnyOf, Comparison, EntityListed, FeatureIs, FieldIs, Not, TimeOfDay, Weekday
from domain.rules.language import rule_of
from domain.rules.names import RuleNames

NAMES = RuleNames.of(GraphSettings(numeric_attributes=("items",), categorical_attributes=("channel",)))
MANY = {"feature": "device.accounts_1h", "at_least": 8}
RECORD = {"id": "R7", "version": 3, "when": MANY, "decision": "investigate", "text": "wave", "by": "ann", "reason": "wave since 9 h"}
BERLIN = {"from": "22:00", "to": "06:00", "zone": "Europe/Berlin"}


def nested(depth: int) -> dict[str, Any]:
    return MANY if depth == 1 else {"all": [nested(depth - 1)]}


def test_a_whole_record_is_read() -> None:
    when = {
        "all": [
            MANY,
            {"field": "event_type", "in": ["signup", "order"]},
            {"field": "amount", "between": [500, 900.5], "currency": "EUR"},
            {"any": [{"entity": "device", "in_list": "mules"}, {"entity": "ip", "not_in_list": "offices"}]},
            {"not": {"time_of_day": BERLIN}},
            {"weekday": ["sun", "sat"], "zone": "UTC"},
        ]
    }
    rule = rule_of({**RECORD, "control": "rule", "when": when, "state": "shadow", "expires_at": "2026-12-31T00:00:00Z"}, NAMES)
    assert (rule.id, rule.version, rule.state, rule.decision) == ("R7", 3, "shadow", "investigate")
    assert (rule.text, rule.by, rule.reason) == ("wave", "ann", "wave since 9 h")
    assert rule.expires_ms == 1_798_675_200_000
    assert isinstance(rule.when, AllOf)
    assert rule.when.parts[0] == FeatureIs("device.accounts_1h", Comparison("at_least", 8.0))
    assert rule.when.parts[1] == FieldIs("event_type", "in", ("signup", "order"))
    assert rule.when.parts[2] == AmountIs("EUR", Comparison("between", 500.0, 900.5))
    assert rule.when.parts[3] == AnyOf((EntityListed("device", "mules", True), EntityListed("ip", "offices", False)))
    assert rule.when.parts[4] == Not(TimeOfDay(22 * 60, 6 * 60, "Europe/Berlin"))
    assert rule.when.parts[5] == Weekday((5, 6), "UTC")


def test_a_deleted_rule_needs_no_condition() -> None:
    bare = {"id": "R7", "version": 4, "state": "deleted", "by": "ann", "reason": "the wave is over"}
    assert rule_of(bare, NAMES).when == AnyOf(())


@pytest.mark.parametrize("at", [1_798_675_200_000, "1798675200000", "2026-12-31", "2026-12-31T01:00:00+01:00"])
def test_an_end_is_a_time_or_milliseconds(at: object) -> None:
    assert rule_of({**RECORD, "expires_at": at}, NAMES).expires_ms == 1_798_675_200_000


def test_the_largest_rule_is_read() -> None:
    assert len(rule_of({**RECORD, "when": {"all": [MANY] * 20}}, NAMES).when.parts) == 20  # type: ignore[union-attr]
    rule_of({**RECORD, "when": nested(4), "id": "a" * 64, "text": "t" * 200}, NAMES)


OF_RECORD: list[tuple[dict[str, Any], str, str]] = [
    ({"id": None}, "id", "it is missing"),
    ({"id": 7}, "id", "not a number"),
    ({"id": "R 7"}, "id", "letters, digits"),
    ({"id": "a" * 65}, "id", "1 to 64"),
    ({"id": "Ä"}, "id", "letters, digits"),
    ({"version": None}, "version", "it is missing"),
    ({"version": 0}, "version", "from 1 to 9007199254740991"),
    ({"version": True}, "version", "true or false"),
    ({"version": "3"}, "version", "not a string; write it without quotes"),
    ({"version": 3.0}, "version", "write it without a point"),
    ({"version": 2**53}, "version", "whole number"),
    ({"state": "aktive"}, "state", "did you mean active?"),
    ({"state": None}, "state", "it is missing"),
    ({"decision": None}, "decision", "it is missing"),
    ({"decision": "approve"}, "decision", "did you mean approve_unless_blocked?"),
    ({"text": None}, "text", "what the rule finds"),
    ({"text": "t" * 201}, "text", "201 characters are too many"),
    ({"text": "a\nb"}, "text", "line break"),
    ({"by": " "}, "by", "who made the rule"),
    ({"reason": 7}, "reason", "why it was made"),
    ({"expires_at": "tomorrow"}, "expires_at", "2026-12-31T00:00:00Z"),
    ({"expires_at": 1_798_675_200}, "expires_at", "multiplied by 1000"),
    ({"expires_at": True}, "expires_at", "2026-12-31T00:00:00Z"),
    ({"expires_at": 10**20}, "expires_at", "after the year 9999; milliseconds since 1970 are wanted, so nanoseconds are divided"),
    ({"control": "rules"}, "control", "did you mean rule?"),
    ({"expires": 1}, "expires", "did you mean expires_at?"),
    ({"when": None}, "when", "not nothing"),
    ({"when": [MANY]}, "when", "not an array"),
]
OF_CONDITION: list[tuple[Any, str, str]] = [
    ({}, "when", "names one of all, any, not, feature"),
    ({"features": "device.accounts_1h", "at_least": 8}, "when", "did you mean feature?"),
    ({**MANY, "entity": "device"}, "when", "feature and entity in one condition"),
    ({"all": []}, "when.all", "it is empty"),
    ({"any": []}, "when.any", "it is empty"),
    ({"all": MANY}, "when.all", "not an object"),
    ({"all": [MANY, 7]}, "when.all[1]", "not a number"),
    ({"all": [MANY], "zone": "UTC"}, "when.zone", "unknown field"),
    ({"not": [MANY]}, "when.not", "not an array"),
    (nested(5), "when.all[0].all[0].all[0].all[0]", "deeper than 4"),
    ({"all": [MANY] * 21}, "when.all[20]", "more than 20"),
    ({"feature": "device.acounts_1h", "at_least": 8}, "when.feature", "did you mean device.accounts_1h?"),
    ({"feature": 7, "at_least": 8}, "when.feature", "a name is wanted"),
    ({"feature": "device.accounts_1h"}, "when", "compares with nothing"),
    ({**MANY, "at_most": 9}, "when", "between: [low, high]"),
    ({**MANY, "atleast": 9}, "when.atleast", "did you mean at_least?"),
    ({"all": [MANY, {**MANY, "at_least": "8"}]}, "when.all[1].at_least", "write it without quotes"),
    ({**MANY, "at_least": True}, "when.at_least", "true or false"),
    ({**MANY, "at_least": math.nan}, "when.at_least", "finite"),
    ({**MANY, "at_least": math.inf}, "when.at_least", "finite"),
    ({**MANY, "at_least": 10**400}, "when.at_least", "finite"),
    ({**MANY, "at_least": None}, "when.at_least", "nothing"),
    ({"feature": "device.accounts_1h", "at_most": -1}, "when.at_most", "never below 0"),
    ({"feature": "device.accounts_1h", "between": [3]}, "when.between", "[low, high]"),
    ({"feature": "device.accounts_1h", "between": [3, 2]}, "when.between", "must not be above"),
    ({"feature": "device.accounts_1h", "between": [3, "4"]}, "when.between[1]", "a number"),
    ({"feature": "device.accounts_1h", "is_not": 3}, "when.is_not", "known are feature, at_least"),
    ({"feature": "event.amount", "at_most": -1}, "when.at_most", "never below 0"),
    ({"field": "amount", "at_least": 500}, "when.currency", "it is missing"),
    ({"field": "amount", "at_least": 500, "currency": "Eur"}, "when.currency", "did you mean EUR?"),
    ({"field": "amount", "at_least": 500, "currency": 7}, "when.currency", "not a number"),
    ({"field": "ammount", "at_least": 500}, "when.field", "did you mean amount?"),
    ({"field": "event_type", "is": "purchase"}, "when.is", "one of signup, login, order"),
    ({"field": "event_type", "in": []}, "when.in", "an array of 1 to"),
    ({"field": "event_type", "in": ["order", "orders"]}, "when.in[1]", "did you mean order?"),
    ({"field": "event_type", "is": "order", "is_not": "login"}, "when", "one of is, is_not, in"),
    ({"field": "currency", "is": False}, "when.is", "true or false"),
    ({"attribute": "chanel", "is": "app"}, "when.attribute", "did you mean channel?"),
    ({"attribute": "channel", "at_least": 3}, "when.at_least", "known are attribute, is"),
    ({"attribute": "channel", "is": ""}, "when.is", "printable"),
    ({"attribute": "items", "is": "many"}, "when.is", "a number"),
    ({"entity": "phone", "is": "missing"}, "when.entity", "kinds of the graph are account"),
    ({"entity": "device", "is": "gone"}, "when.is", "missing, present"),
    ({"entity": "device"}, "when", "one of is (missing or present)"),
    ({"entity": "device", "in_list": "Mules"}, "when.in_list", "such as mules"),
    ({"entity": "device", "in_list": "m" * 33}, "when.in_list", "1 to 32"),
    ({"time_of_day": "22:00"}, "when.time_of_day", "an object is wanted"),
    ({"time_of_day": {**BERLIN, "from": 1320}}, "when.time_of_day.from", "in quotes"),
    ({"time_of_day": {**BERLIN, "from": "24:00"}}, "when.time_of_day.from", "begins at 00:00"),
    ({"time_of_day": {**BERLIN, "to": "24:01"}}, "when.time_of_day.to", "22:00"),
    ({"time_of_day": {**BERLIN, "to": "22:00"}}, "when.time_of_day.to", "whole day"),
    ({"time_of_day": {**BERLIN, "zone": "Mars/Phobos"}}, "when.time_of_day.zone", "no such time zone"),
    ({"time_of_day": {**BERLIN, "zone": "Europe/Berlim"}}, "when.time_of_day.zone", "did you mean Europe/Berlin?"),
    ({"time_of_day": {**BERLIN, "zone": "../etc/passwd"}}, "when.time_of_day.zone", "no such time zone"),
    ({"time_of_day": {"from": "22:00", "to": "06:00"}}, "when.time_of_day.zone", "it is missing"),
    ({"time_of_day": BERLIN, "zone": "UTC"}, "when.zone", "unknown field"),
    ({"weekday": ["saturday"], "zone": "UTC"}, "when.weekday[0]", "did you mean sat?"),
    ({"weekday": "sat", "zone": "UTC"}, "when.weekday", "an array of days"),
    ({"weekday": ["sat"]}, "when.zone", "it is missing"),
]


@pytest.mark.parametrize(("changed", "field", "mend"), OF_RECORD)
def test_a_record_is_refused(changed: dict[str, Any], field: str, mend: str) -> None:
    with pytest.raises(Rejected) as refusal:
        rule_of({**RECORD, **changed}, NAMES)
    assert refusal.value.field == field
    assert mend in refusal.value.reason


@pytest.mark.parametrize(("when", "field", "mend"), OF_CONDITION)
def test_a_condition_is_refused(when: Any, field: str, mend: str) -> None:
    with pytest.raises(Rejected) as refusal:
        rule_of({**RECORD, "when": when}, NAMES)
    assert refusal.value.field == field
    assert mend in refusal.value.reason


def test_a_refusal_never_shows_a_text_that_may_be_personal() -> None:
    with pytest.raises(Rejected) as refusal:
        rule_of({**RECORD, "ann.smith@example.com": 1}, NAMES)
    assert "smith" not in str(refusal.value)
