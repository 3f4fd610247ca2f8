"""How a model's answer is read: one draft, or one for each of several incidents."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.summaries.answer import decoded, draft_of, drafts_of, first_fact_of, key_of, schema_of
from domain.summaries.prompt import prompt_of
from domain.summaries.summary import COST_DIGITS, MOST_IN_A_CALL, LlmUsage
from tests.support.scripted_endpoint import asked_for, good, incidents
from tests.support.summary_samples import GOOD

DOCUMENTS = incidents(3)


def test_the_schema_asks_for_what_is_read() -> None:
    assert set(schema_of(1)["required"]) == {"headline", "explanation", "pattern", "next_steps"}
    entry = schema_of(2)["properties"]["summaries"]["items"]
    assert set(entry["required"]) == {"incident", *schema_of(1)["required"]}
    assert not entry["additionalProperties"]


def test_each_incident_gets_the_draft_under_its_key_with_its_own_fact_ids() -> None:
    asked = asked_for({"messages": prompt_of(DOCUMENTS)})
    assert [data["facts"][0]["id"] for data in asked] == ["F101", "F201", "F301"]
    answer = good(asked)
    answer["summaries"].reverse()
    drafts = drafts_of(json.dumps(answer), DOCUMENTS)
    assert [draft.headline if draft else "" for draft in drafts] == [f"A ring with {n} alerts [F1]" for n in (6, 11, 16)]


def test_fact_ids_of_the_most_incidents_do_not_overlap() -> None:
    ids = [fact["id"] for data in asked_for({"messages": prompt_of(incidents(1) * MOST_IN_A_CALL)}) for fact in data["facts"]]
    assert len(set(ids)) == len(ids)
    assert first_fact_of(0) > len(ids) / MOST_IN_A_CALL


@pytest.mark.parametrize("cited", ["[F1]", "[F100]", "[F200]", "[F201]", "[F99999999999999999999]", "F0"])
def test_a_draft_that_cites_another_incidents_fact_is_none(cited: str) -> None:
    asked = asked_for({"messages": prompt_of(DOCUMENTS)})
    answer = good(asked)
    answer["summaries"][0]["next_steps"].append(f"Compare it with {cited}.")
    assert [draft is None for draft in drafts_of(json.dumps(answer), DOCUMENTS)] == [True, False, False]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([key_of(document) for document in DOCUMENTS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["summaries", "incident", "headline", "explanation", "pattern", "next_steps"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_no_answer_breaks_the_reader(value: Any) -> None:
    drafts = drafts_of(json.dumps(value), DOCUMENTS)
    assert len(drafts) == len(DOCUMENTS)


@pytest.mark.parametrize("answer", ["", "{", "no", "x" * 16_001, '{"a":' * 2_000, "1" * 5_000 + "{}" + "1" * 20_000])
def test_what_is_no_json_is_said_so(answer: str) -> None:
    with pytest.raises(ValueError, match="the answer"):
        decoded(answer)


@given(st.integers(0, 10**6), st.integers(0, 10**5), st.floats(0, 100), st.integers(1, 9))
def test_shares_of_a_calls_use_add_up(read: int, written: int, cost: float, count: int) -> None:
    usage = LlmUsage(read, written, round(cost, COST_DIGITS), calls=read % 20)
    shares = usage.shares(count)
    assert len(shares) == count
    assert sum(shares, LlmUsage()) == usage
    assert max(s.input_tokens for s in shares) - min(s.input_tokens for s in shares) <= 1


@pytest.mark.parametrize(
    "value",
    [
        None, [], "text", {}, {"headline": "h"},
        {**dataclasses.asdict(GOOD), "next_steps": "one"}, {**dataclasses.asdict(GOOD), "x": 1},
        {**dataclasses.asdict(GOOD), "headline": 3}, {**dataclasses.asdict(GOOD), "next_steps": [1]},
    ],
)  # fmt: skip
def test_another_shape_is_no_draft(value: object) -> None:
    draft, complaints = draft_of(value)
    assert draft is None
    assert complaints


def test_a_decoded_draft_is_read() -> None:
    assert draft_of({**dataclasses.asdict(GOOD), "next_steps": list(GOOD.next_steps)}) == (GOOD, [])
