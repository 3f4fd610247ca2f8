"""What an endpoint says is shown on one line, without what nobody may read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.llm.endpoint.quote import cleaned

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"
BARE_KEY = "9f8Zk2Lm4Qp7Rt1Vw3Xy6Ba0"
HOST = "llm.shop.example:8443"
PROMPT = 'You write the summary of one fraud incident for an analyst. {"facts":[{"id":"F1","text":"12 accounts"}]}'

KEPT = [
    "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "Only 'user' and 'assistant' roles are supported, got 'system'.",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    'model "llama3.1:8b" not found, try pulling it first',
    "The requested model 'accounts/fireworks/models/llama-v3p1-405b-instruct' does not exist",
    "'max_tokens' is too large: 8000. This model's maximum context length is 4096 tokens (8000 > 4096 - 2778).",
    "Input validation error: `temperature` must be strictly positive",
    "Please try again in 4.77s.",
    "litellm.UnsupportedParamsError: zai does not support parameters: ['max_completion_tokens'], for model=glm-5.2.",
    "response_format.type must be json_schema or text",
    "body.maxTokens: property 'body.maxTokens' is unsupported",
    "\u7cfb\u7edf\u68c0\u6d4b\u5230\u8f93\u5165\u5185\u5bb9",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_helps_is_kept(text: str) -> None:
    assert cleaned(text, (KEY, HOST), (PROMPT,)) == text


SHOWN = [
    ("two\n lines\r\n\tand  blanks ", "two lines and blanks"),
    ("\x1b[31mred\x1b[0m and \x1b]0;title\x07gone", "red and gone"),
    ("a\u202eb\u200bc\u2066d\ufeffe\x00f\x07", "abcde f"),
    ("e\u0301", "\u00e9"),
    ("<b>bold</b> <script>alert(1)</script>end", "\u2026 bold \u2026 end"),
    ("see https://platform.openai.com/docs?x=1 for more", "see \u2026 for more"),
    ("see docs.together.ai/rate-limits please", "see \u2026 please"),
    (f"cannot reach {HOST} now", "cannot reach endpoint now"),
    ("connect to 10.1.2.3:8080 failed", "connect to *** failed"),
    ("mail support@shop.example today", "mail *** today"),
    ("in organization org-Ab12Cd34Ef on tokens per min", "in organization *** on tokens per min"),
    ("Function '0f1e2d3c-aaaa': Not found for account 'Zx81-q'", "Function ***: Not found for account ***"),
    ("request 3fa85f64-5717-4562-b3fc-2c963f66afa6 failed", "request *** failed"),
    ("Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
    ("Incorrect API key provided: sk-proj-Ab3d***********tUv8x. You can", "Incorrect API key provided: ***. You can"),
    ("key 9f8Zk2Lm****6Ba0 is wrong", "key *** is wrong"),
    ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIi is expired", "token *** is expired"),
    ("key whsec_QmxaMnF3ZXJ0eXVpb3Bhc2Rm+/8= is none", "key *** is none"),
    ("xoxb-abcdefgh-ijklmnop and ASIAQWERTYUIOPAS", "*** and ***"),
    ("<!DOCTYPE html><html><head><title>502 Bad\nGateway</title><style>a{}</style></head>", "an HTML page: 502 Bad Gateway"),
    ("<html><body>busy</body></html>", "an HTML page"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_what_nobody_may_read_is_not_shown(text: str, shown: str) -> None:
    assert cleaned(text, (KEY, HOST), (PROMPT,)) == shown


ESCAPED = PROMPT[60:].replace('"', '\\"')
ECHOES = [PROMPT, PROMPT[9:70], ESCAPED, PROMPT[:40].replace(" ", "\n"), "\u200b".join(PROMPT[:50])]


@pytest.mark.parametrize("echo", ECHOES)
def test_the_prompt_is_not_echoed(echo: str) -> None:
    assert cleaned(f"bad: {echo} is wrong", (), (PROMPT,)) == "bad: \u2026 is wrong"


@given(st.sampled_from([KEY, BARE_KEY]), st.integers(0, 30), st.integers(8, 32), st.text(max_size=20), st.text(max_size=20))
def test_no_part_of_the_key_is_shown(key: str, begin: int, length: int, before: str, after: str) -> None:
    part = key[begin : begin + length]
    shown = cleaned(f"{before} {part} {after}", (key,), (), 400)
    assert len(part) < 8 or part not in shown


@given(st.text(max_size=600), st.integers(20, 300))
def test_it_is_one_bounded_line_of_signs_that_show(text: str, most: int) -> None:
    shown = cleaned(text, (KEY,), (PROMPT,), most)
    assert len(shown) <= most
    assert shown.isprintable()
    assert shown == " ".join(shown.split())
    assert cleaned(shown, (KEY,), (PROMPT,), most) == shown


@pytest.mark.parametrize("text", [
    "x" * 300_000, "<" * 300_000, "<script>" * 40_000, "\x1b]" * 150_000, "a." * 150_000, "sk-" * 100_000, "***" * 100_000, "org " * 80_000,
    "http://" * 40_000, "1.1.1." * 50_000, "[::" * 100_000, "\x1b[" * 150_000, PROMPT * 3_000, "a@" * 150_000, "e\u0301" * 100_000,
])  # fmt: skip
def test_a_long_text_takes_no_time(text: str) -> None:
    begin = time.process_time()
    assert len(cleaned(text, (KEY, HOST), (PROMPT * 300,))) <= 200
    assert time.process_time() - begin < 0.5
