"""The scripted endpoints themselves: each can be asked in some way, and counts what it is asked."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from domain.summaries.answer import schema_of
from domain.summaries.prompt import prompt_of
from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.catalogue import ENDPOINTS
from tests.llm_endpoints.model import bill_of
from tests.llm_endpoints.reply import Bill, Reply
from tests.llm_endpoints.rules import Memory
from tests.llm_endpoints.server import KEY, Script
from tests.support.scripted_endpoint import incidents

_SCHEMA = {"type": "json_schema", "json_schema": {"name": "incident_summary", "strict": True, "schema": schema_of(1)}}
_FORMATS: tuple[Any, ...] = (_SCHEMA, {"type": "json_object"}, None)
_TRIES = 3  # of one way to ask: some endpoints fail at first


def _ways() -> Iterator[dict[str, Any]]:
    """Ways to ask for one summary."""
    prompt = prompt_of(incidents(1))
    merged = [{"role": "user", "content": f"{prompt[0]['content']}\n\n{prompt[1]['content']}"}]
    more: tuple[dict[str, Any], ...] = ({}, {"enable_thinking": False})
    ways = itertools.product(_FORMATS, ("max_completion_tokens", "max_tokens"), (0.0, 0.6, None), (prompt, merged), more, (900, 2800))
    for form, cap, temperature, messages, extra, tokens in ways:
        body: dict[str, Any] = {"model": "tiny", "messages": messages, cap: tokens, **extra}
        yield body | ({} if form is None else {"response_format": form}) | ({} if temperature is None else {"temperature": temperature})


def _asked(script: Script, body: dict[str, Any], number: int) -> Asked:
    path = script.path or f"{script.base}/chat/completions"
    return Asked(path, "", {script.key_header: f"Bearer {KEY}"}, json.dumps(body).encode(), number)


def _answers(script: Script) -> Iterator[Reply]:
    memory = Memory()
    for number, body in enumerate(itertools.chain.from_iterable([way] * _TRIES for way in _ways()), start=1):
        reply = script.reply(_asked(script, body, number), memory)
        if reply.answers and reply.status == 200:
            yield reply


@pytest.mark.parametrize("script", ENDPOINTS.values(), ids=list(ENDPOINTS))
def test_some_request_is_answered(script: Script) -> None:
    answer = next(_answers(script), None)
    assert answer is not None
    assert b"headline" in answer.body
    assert answer.bill.read[1] >= answer.bill.read[0] > 0
    assert answer.bill.written[1] >= answer.bill.written[0] > 0


def test_names_are_of_one_endpoint() -> None:
    assert len(ENDPOINTS) >= 40
    assert all(name == script.name for name, script in ENDPOINTS.items())


@pytest.mark.parametrize(
    ("reported", "read", "written"),
    [
        ({"prompt_tokens": 900, "completion_tokens": 150, "total_tokens": 1050}, (900, 900), (150, 150)),
        ({"prompt_tokens": 900, "completion_tokens": 150, "total_tokens": 1400}, (900, 900), (500, 500)),
        ({"prompt_tokens": "900", "completion_tokens": 150.0}, (900, 900), (150, 150)),
        ({"prompt_tokens": 0, "completion_tokens": 150, "total_tokens": 150}, (880, 2000), (150, 150)),
        ({"prompt_tokens": 900, "completion_tokens": 0, "total_tokens": 900}, (900, 900), (140, 700)),
        (None, (880, 2000), (140, 700)),
        ({"prompt_tokens": 1e12, "completion_tokens": -3}, (880, 2000), (140, 700)),
    ],
)
def test_what_is_to_be_booked_for_a_usage(reported: Any, read: tuple[int, int], written: tuple[int, int]) -> None:
    body = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 700}
    raw = json.dumps(body).encode()
    asked = Asked("/", "", {}, raw + b" " * (2000 - 64 - len(raw)), 1)
    assert bill_of(asked, reported, 880, 140) == Bill(read, written)
