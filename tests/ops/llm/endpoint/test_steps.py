"""The way down from what is asked for first, and the way back."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace

import pytest

from ops.llm.endpoint.agreed import LADDERS, Agreed, Dropped, agreed_from, terms
from ops.llm.endpoint.error_body import error_of
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.steps import FIRST_PAUSE_S, minimal, owing, stepped_down, to_try, tried
from ops.llm.endpoint.verdict import Asked, verdict_on

CAP, TEMPERATURE, FORMAT, SYSTEM, EFFORT = Capability
FIRST = Agreed()


def after(message: str, agreed: Agreed = FIRST, param: str | None = None, visited: Collection[object] = ()) -> Agreed | None:
    """What is agreed after a refusal in these words."""
    error = error_of(400, {}, json.dumps({"error": {"message": message, "param": param}}).encode())
    verdict = verdict_on(error, error.text, Asked(frozenset(Capability), 700))
    return stepped_down(agreed, verdict, {agreed.rungs, *visited}, "why", 1000.0)


@pytest.mark.parametrize(
    ("message", "capability", "before", "rung"),
    [
        ("max_completion_tokens: Extra inputs are not permitted", CAP, "max_completion_tokens", "max_tokens"),
        ("Unsupported parameter: 'max_tokens'", CAP, "max_tokens", "max_completion_tokens"),
        ("`temperature` must be strictly positive", TEMPERATURE, "as set", "small"),
        ("`temperature` must be strictly positive", TEMPERATURE, "small", "out"),
        ("Only temperature=1 is supported", TEMPERATURE, "as set", "out"),
        ("parameter 'strict' is not a valid field", FORMAT, "strict", "schema"),
        ("Invalid schema for response_format: 'additionalProperties' is required", FORMAT, "strict", "schema"),
        ("response format `json_schema` is not supported", FORMAT, "strict", "object"),
        ("response format `json_schema` is not supported", FORMAT, "schema", "object"),
        ("This response_format type is unavailable now", FORMAT, "strict", "object"),
        ("Unsupported parameter: 'response_format'", FORMAT, "strict", "none"),
        ("JSON mode is not enabled for models/gemma", FORMAT, "strict", "none"),
        ("json_object is not supported", FORMAT, "object", "none"),
        ("'response_format.type' must be 'json_schema' or 'text'", FORMAT, "object", "strict"),
        ("response_format.type: Input should be 'text' or 'json_object'", FORMAT, "strict", "object"),
        ("response_format.type: expected 'text' | 'json_object', received 'json_schema'", FORMAT, "strict", "object"),
        ("response_format.type must be one of: 'text'", FORMAT, "strict", "none"),
        ("System role not supported", SYSTEM, "own", "merged"),
        ("Unsupported value: reasoning_effort. Supported values are: 'low', 'medium', and 'high'.", EFFORT, "as set", "low"),
        ("Unrecognized request argument supplied: reasoning_effort", EFFORT, "as set", "out"),
        ("Unrecognized request argument supplied: reasoning_effort", EFFORT, "low", "out"),
    ],
)
def test_what_is_refused_goes_down_and_nothing_else(message: str, capability: Capability, before: str, rung: str) -> None:
    agreed = Agreed().on(capability, before)
    changed = after(message, agreed)
    assert changed is not None
    assert {name: changed.rung(name) for name in Capability} == {name: agreed.rung(name) for name in Capability} | {capability: rung}
    assert changed.dropped[capability] == Dropped("why", 1000.0 + FIRST_PAUSE_S, FIRST_PAUSE_S)


def test_all_that_is_named_goes_down_at_once() -> None:
    changed = after("property 'temperature' is unsupported\nproperty 'max_completion_tokens' is unsupported")
    assert changed is not None
    assert (changed.temperature, changed.cap, changed.format) == ("out", "max_tokens", "strict")


def test_a_cap_refused_under_both_names_leaves_nothing_to_ask() -> None:
    first = after("Unsupported parameter: 'max_completion_tokens'")
    assert first is not None
    assert after("Unsupported parameter: 'max_tokens'", first, visited={Agreed().rungs}) is None


def test_a_list_of_types_does_not_lead_back_to_what_was_refused() -> None:
    agreed = Agreed(format="object")
    visited = {Agreed(format=rung).rungs for rung in ("strict", "schema")}
    changed = after("'response_format.type' must be 'json_schema' or 'text'", agreed, visited=visited)
    assert changed is not None
    assert changed.format == "none"


def test_the_word_json_and_missing_switches_are_added() -> None:
    word = after(
        "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.", Agreed(format="object")
    )
    assert word is not None
    assert (word.says_json, word.format) == (True, "object")
    switch = after("parameter.enable_thinking must be set to false for non-streaming calls")
    assert switch is not None
    assert switch.extra == {"enable_thinking": False}
    assert after("parameter.enable_thinking must be set to false for non-streaming calls", switch) is None


def test_what_a_minimal_request_gave_up_comes_back_one_by_one() -> None:
    agreed = replace(owing(minimal(Agreed()), Agreed()), proven=True)
    taken = []
    while (trial := to_try(agreed, 0.0, 0)) is not None:
        works = trial != (FORMAT, "strict")
        agreed = tried(agreed, *trial, works=works, reason="no", now=0.0)
        taken.append((*trial, works))
    assert taken == [
        (FORMAT, "object", True),
        (FORMAT, "strict", False),
        (SYSTEM, "own", True),
        (TEMPERATURE, "as set", True),
        (EFFORT, "as set", True),
    ]
    assert (agreed.format, agreed.system, agreed.temperature, agreed.cap) == ("object", "own", "as set", "max_tokens")


def test_what_was_refused_is_tried_again_after_an_hour_and_twenty_calls_then_later_and_later() -> None:
    agreed = after("temperature is not supported")
    assert agreed is not None
    assert to_try(agreed, 1000.0 + FIRST_PAUSE_S - 1, 99) is None
    assert to_try(agreed, 1000.0 + FIRST_PAUSE_S, 19) is None
    now, pauses = 1000.0 + FIRST_PAUSE_S, []
    for _ in range(7):
        assert to_try(agreed, now, 20) == (TEMPERATURE, "as set")
        agreed = tried(agreed, TEMPERATURE, "as set", works=False, reason="still", now=now)
        pauses.append(agreed.dropped[TEMPERATURE].again_at - now)
        now = agreed.dropped[TEMPERATURE].again_at
    assert [pause / 3600 for pause in pauses] == [2, 4, 8, 16, 24, 24, 24]
    assert agreed.temperature == "out"


def test_of_two_calls_that_try_the_same_the_slower_changes_nothing() -> None:
    agreed = owing(minimal(Agreed()), Agreed())
    faster = tried(agreed, FORMAT, "object", works=True, reason="", now=0.0)
    for works in (True, False):
        assert tried(faster, FORMAT, "object", works=works, reason="no", now=0.0) == faster


def test_what_works_twice_is_agreed_again() -> None:
    agreed = after("temperature is not supported")
    assert agreed is not None
    once = tried(agreed, TEMPERATURE, "as set", works=True, reason="", now=9e9)
    assert once.temperature == "out"
    twice = tried(once, TEMPERATURE, "as set", works=True, reason="", now=9e9)
    assert (twice.temperature, dict(twice.dropped)) == ("as set", {})


def test_an_agreement_survives_json_and_another_version() -> None:
    agreed = replace(Agreed(), extra={"enable_thinking": False}, ignored=("max_tokens",), owed=((FORMAT, "object"),), proven=True)
    changed = after("temperature is not supported", agreed.with_limits(5.0, cap=900, window=4096))
    assert changed is not None
    document = json.loads(json.dumps(changed.to_document()))
    assert agreed_from(document) == changed
    assert agreed_from({**document, "new": 1}) == changed
    for broken in (None, [], {"cap": "tokens"}, {"limits": 3}, {"dropped": {"x": {}}}, {"owed": [1]}, {"format": ["strict"]}):
        with pytest.raises(ValueError, match="no agreement"):
            agreed_from(broken)


def test_limits_hold_for_an_hour() -> None:
    agreed = Agreed().with_limits(1000.0, cap=900)
    assert agreed.limits_at(1000.0 + 3599).cap == 900
    assert agreed.limits_at(1000.0 + 3600).cap is None


def test_terms_say_what_is_asked_for_and_why_not() -> None:
    changed = after("temperature is not supported", replace(Agreed(), extra={"enable_thinking": False}, suffix="/v1", cap_factor=4))
    assert changed is not None
    assert terms(changed, 2800, 0.0) == [
        "max_completion_tokens 2800",
        'no temperature (refused: "why")',
        "json_schema strict",
        "system message of its own",
        "enable_thinking false (asked for by the endpoint)",
        "/v1 added to llm.base_url",
        "a cap 4 times as high, as the model thinks first",
    ]


def test_the_first_rung_is_what_is_asked_for_first() -> None:
    assert {name: ladder[0] for name, ladder in LADDERS.items()} == {name: Agreed().rung(name) for name in Capability}
