"""How long an answer asks to wait, in all the forms in use."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.llm.endpoint.durations import duration_in
from ops.llm.endpoint.waits import wait_of

NOW = 1_792_567_680.0  # Wed, 21 Oct 2026 07:28:00 GMT

HEADERS: list[tuple[dict[str, str], float | None]] = [
    ({"retry-after": "2"}, 2.0),
    ({"retry-after": "1.5"}, 1.5),
    ({"retry-after": "0"}, 0.0),
    ({"retry-after": " 7 "}, 7.0),
    ({"retry-after": "2, 2"}, 2.0),
    ({"retry-after": "2s"}, 2.0),
    ({"retry-after": "86400"}, 86_400.0),
    ({"retry-after": "-1"}, None),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "inf"}, None),
    ({"retry-after": ""}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "9" * 400}, None),
    ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, 30.0),
    ({"retry-after": "Wed, 21 Oct 2026 07:27:30 GMT"}, None),
    ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:20 GMT"}, 10.0),
    ({"retry-after": "2026-10-21T07:28:05Z"}, 5.0),
    ({"retry-after": "Wed, 99 Oct 2026 99:28:30 GMT"}, None),
    ({"retry-after-ms": "1500"}, 1.5),
    ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
    ({"retry-after-ms": "nan", "retry-after": "2"}, 2.0),
    ({"x-ratelimit-reset-requests": "1m0.36s", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-tokens": "6m0s"}, 60.36),
    ({"x-ratelimit-reset-tokens": "500ms", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-requests": "6m0s"}, 0.5),
    ({"x-ratelimit-reset-requests": "2m59.56s", "x-ratelimit-reset-tokens": "7.66s"}, 7.66),
    ({"x-rate-limit-reset-tokens": "55"}, 55.0),
    ({"ratelimit-reset": "30"}, 30.0),
    ({"x-ratelimit-reset": str(int(NOW) + 20)}, 20.0),
    ({"x-ratelimit-reset": str(int(NOW + 20) * 1000)}, 20.0),
    ({"x-ratelimit-reset": str(int(NOW) - 20)}, None),
    ({"anthropic-ratelimit-requests-reset": "2026-10-21T07:28:12Z", "anthropic-ratelimit-requests-remaining": "0"}, 12.0),
    ({"content-type": "application/json"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), HEADERS)
def test_headers(headers: dict[str, str], expected: float | None) -> None:
    wait = wait_of(headers, None, (), NOW)
    assert wait == expected if expected is None else wait == pytest.approx(expected)


BODIES: list[tuple[Any, float | None]] = [
    ([{"error": {"code": 429, "details": [{"@type": "x.RetryInfo", "retryDelay": "38s"}]}}], 38.0),
    ({"error": {"details": [{"retryDelay": {"seconds": 2, "nanos": 500_000_000}}]}}, 2.5),
    ({"error": {"metadata": {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW + 9) * 1000)}}}}, 9.0),
    ({"error": {"metadata": {"headers": {"Retry-After": "3"}}}}, 3.0),
    ({"retry_after": 4.5}, 4.5),
    ({"retry_after_ms": 250}, 0.25),
    ({"retry_after": "soon"}, None),
    ({"retry_after": True}, None),
    ({"retry_after": -3}, None),
    ({"error": {"message": "busy"}}, None),
    ("text", None),
    ({"retryDelay": float("nan")}, None),
]


@pytest.mark.parametrize(("value", "expected"), BODIES)
def test_bodies(value: Any, expected: float | None) -> None:
    assert wait_of({}, value, (), NOW) == expected


TEXTS: list[tuple[str, float | None]] = [
    ("Rate limit reached ... Please try again in 4.77s. Visit", 4.77),
    ("Please try again in 1m0.363142857s.", 60.363142857),
    ("try again in 9m38.016s", 578.016),
    ("Please retry after 45 seconds.", 45.0),
    ("Please retry your requests after 45 seconds", 45.0),
    ("Please wait 52220 seconds before retrying.", 52_220.0),
    ("Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 52220 seconds before retrying.", 52_220.0),
    ("No deployments available for selected model, Try again in 60 seconds.", 60.0),
    ("Please try again in about 2 hours and 5 minutes", 7_500.0),
    ("try again in 500ms", 0.5),
    ("\u8bf7\u572830\u79d2\u540e\u91cd\u8bd5", 30.0),
    ("Model busy, retry later", None),
    ("The engine is currently overloaded, please try again later", None),
    ("Please try again later. Limit 6000, requested 6294 tokens per 5 minutes", None),
    ("retry after 45 attempts", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_words(text: str, expected: float | None) -> None:
    wait = wait_of({}, None, (text,), NOW)
    assert wait == expected if expected is None else wait == pytest.approx(expected)


def test_the_header_counts_before_the_body_and_the_body_before_words() -> None:
    body = {"error": {"details": [{"retryDelay": "38s"}]}}
    assert wait_of({"retry-after": "2"}, body, ("try again in 5s",), NOW) == 2
    assert wait_of({"x-ratelimit-reset-tokens": "9s"}, body, ("try again in 5s",), NOW) == 38
    assert wait_of({"x-ratelimit-reset-tokens": "9s", "x-ratelimit-remaining-tokens": "0"}, None, ("try again in 5s",), NOW) == 9
    assert wait_of({"x-ratelimit-reset-tokens": "9s", "x-ratelimit-remaining-tokens": "40"}, None, ("try again in 5s",), NOW) == 5
    assert wait_of({"x-ratelimit-reset-tokens": "9s", "x-ratelimit-remaining-tokens": "40"}, None, (), NOW) == 9


@given(st.integers(0, 30), st.integers(0, 59), st.integers(0, 59_999))
def test_a_duration_as_go_writes_it_is_read_back(hours: int, minutes: int, milliseconds: int) -> None:
    text = f"{hours}h{minutes}m{milliseconds / 1000:g}s"
    assert duration_in(text) == pytest.approx(hours * 3600 + minutes * 60 + milliseconds / 1000)


NAMES = st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset-tokens", "x-ratelimit-reset", "date", "ratelimit-reset"])
SHORT = st.text(st.sampled_from("0123456789.-:+eEsmhinafTZ GMT,"), max_size=12) | st.text(max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SHORT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["retryDelay", "headers", "retry_after", "error"]), inner),
)


@given(st.dictionaries(NAMES, SHORT), VALUES, st.lists(SHORT.map(lambda text: f"try again in {text}"), max_size=2))
def test_whatever_it_says_a_wait_is_a_number_of_seconds_or_none(headers: dict[str, str], value: Any, texts: list[str]) -> None:
    wait = wait_of(headers, value, texts, NOW)
    assert wait is None or (isinstance(wait, float) and math.isfinite(wait) and wait >= 0)
