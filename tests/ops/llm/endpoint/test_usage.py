"""What is booked: what the endpoint says it used, else the most that it can have used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.llm.endpoint.completion import Completion, completion_of
from ops.llm.endpoint.counts import count_of, thought_tokens
from ops.llm.endpoint.usage import used_by, used_by_refusal, written_by

ROOM = {"prompt_bytes": 4_000, "cap": 700}


def completion(usage: Any, text: str = "x" * 300, thought: str = "") -> Completion:
    message = {"content": text, "reasoning_content": thought}
    return completion_of(json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}).encode())


SAID: list[tuple[Any, tuple[int, int]]] = [
    ({"prompt_tokens": 900, "completion_tokens": 150, "total_tokens": 1_050}, (900, 150)),
    ({"prompt_tokens": 900, "completion_tokens": 150}, (900, 150)),
    ({"prompt_tokens": "900", "completion_tokens": "150"}, (900, 150)),
    ({"prompt_tokens": 900.0, "completion_tokens": 150.0}, (900, 150)),
    ({"input_tokens": 900, "output_tokens": 150}, (900, 150)),
    ({"prompt_tokens": 10_120, "completion_tokens": 1_499, "total_tokens": 14_428}, (10_120, 4_308)),
    ({"prompt_tokens": 900, "completion_tokens": 150, "completion_tokens_details": {"reasoning_tokens": 100}}, (900, 150)),
    ({"prompt_tokens": 900, "completion_tokens": 150, "completion_tokens_details": {"reasoning_tokens": 400}}, (900, 550)),
    ({"prompt_tokens": 900, "total_tokens": 1_050}, (900, 150)),
    ({"prompt_tokens": 900, "prompt_tokens_details": {"cached_tokens": 800}, "completion_tokens": 150}, (900, 150)),
    ({"prompt_tokens": 900, "completion_tokens": 150, "total_tokens": 10**12}, (900, 150)),
    ({"prompt_tokens": 900, "completion_tokens": 150, "total_tokens": 3}, (900, 150)),
    ({"completion_tokens": 150, "total_tokens": 1_050}, (900, 150)),
    ({"prompt_tokens": 0, "completion_tokens": 150, "total_tokens": 1_050}, (900, 150)),
    ({"prompt_tokens": 0, "completion_tokens": 500, "total_tokens": 500}, (4_000, 500)),
    ({"prompt_tokens": 900, "completion_tokens": 0}, (900, 300)),
    ({"prompt_tokens": 55, "total_tokens": 55}, (55, 300)),
    ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, (4_000, 300)),
    ({"prompt_tokens": -5, "completion_tokens": 10**12}, (4_000, 300)),
    ({"prompt_tokens": True, "completion_tokens": "many"}, (4_000, 300)),
    ({"prompt_tokens": 1.5, "completion_tokens": float("inf")}, (4_000, 300)),
    ({"prompt_tokens": None, "completion_tokens": None}, (4_000, 300)),
    (None, (4_000, 300)),
    ([], (4_000, 300)),
    ("900", (4_000, 300)),
]  # fmt: skip


@pytest.mark.parametrize(("usage", "booked"), SAID)
def test_what_is_booked_for_an_answer(usage: Any, booked: tuple[int, int]) -> None:
    assert used_by(completion(usage), **ROOM) == booked


def test_without_usage_the_cap_bounds_what_was_written_if_it_is_kept() -> None:
    long = completion(None, "x" * 5_000)
    assert used_by(long, **ROOM) == (4_000, 700)
    assert used_by(long, **ROOM, cap_is_kept=False) == (4_000, 5_000)
    assert used_by(completion(None, "\u20ac" * 100), **ROOM) == (4_000, 300)
    assert used_by(completion(None, "x", "y" * 200), **ROOM) == (4_000, 201)


@pytest.mark.parametrize(("usage", "booked"), [
    (None, (4_000, 700)),
    ({"prompt_tokens": 0, "completion_tokens": 0}, (0, 0)),
    ({"prompt_tokens": 900, "completion_tokens": 200}, (900, 200)),
    ({"prompt_tokens": 900}, (900, 700)),
])  # fmt: skip
def test_where_nothing_came_the_most_is_booked_unless_it_is_told(usage: Any, booked: tuple[int, int]) -> None:
    assert used_by(completion(usage, ""), **ROOM) == booked


REFUSALS: list[tuple[Any, tuple[int, int]]] = [
    ({"error": {"message": "Unsupported parameter"}}, (0, 0)),
    ({"usage": {"prompt_tokens": 55, "total_tokens": 55}, "choices": []}, (55, 0)),
    ([{"error": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}}], (3, 4)),
    ({"error": {"code": "json_validate_failed", "failed_generation": "{" * 100}}, (0, 0)),
    ({"error": "text"}, (0, 0)),
    (None, (0, 0)),
    ([], (0, 0)),
]


@pytest.mark.parametrize(("value", "booked"), REFUSALS)
def test_a_refusal_costs_what_it_says(value: Any, booked: tuple[int, int]) -> None:
    assert used_by_refusal(value, 4_000, 700) == booked


def test_what_was_written_is_told_or_not() -> None:
    assert written_by(completion({"prompt_tokens": 3, "total_tokens": 10})) == 7
    assert written_by(completion(None)) is None
    assert thought_tokens({"completion_tokens_details": {"reasoning_tokens": 199}}) == 199
    assert thought_tokens(None) == 0


COUNTS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.integers(0, 10**6).map(str)
FIELDS = [
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "completion_tokens_details",
]
USAGES = st.dictionaries(st.sampled_from(FIELDS), COUNTS | st.dictionaries(st.sampled_from(FIELDS), COUNTS))


@given(USAGES, st.text(max_size=20), st.text(max_size=20))
def test_whatever_it_says_what_is_booked_is_whole_and_bounded(usage: Any, text: str, thought: str) -> None:
    read, written = used_by(completion(usage, text, thought), **ROOM)
    assert isinstance(read, int)
    assert isinstance(written, int)
    assert 0 <= read <= 10**9
    assert 0 <= written <= 2 * 10**9
    assert not (text or thought) or (read > 0 and written > 0)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_thoughts_within_or_apart_are_counted_once(read: int, said: int, thought: int) -> None:
    within = {"prompt_tokens": read, "completion_tokens": said + thought, "total_tokens": read + said + thought}
    apart = {**within, "completion_tokens": said}
    details = {"completion_tokens_details": {"reasoning_tokens": thought}}
    assert written_by(completion({**within, **details})) == said + thought
    assert read == 0 or written_by(completion({**apart, **details})) == said + thought


@pytest.mark.parametrize("value", ["", " ", "1e3", "-1", "9" * 30, "\u0661", [], {}, float("nan")])
def test_what_is_no_count(value: Any) -> None:
    assert count_of(value) is None
