"""The numbers of tokens that an error names: the window, the prompt's, the highest cap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ops.llm.endpoint.names import names_a_cap, sentences_of

_LEAST = 16  # a cap below that is no cap for a summary, but part of something else
_NUMBER = r"(\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_ANY = re.compile(rf"(?<![\w.-]){_NUMBER}(?![\w.]\d)")
_BOUND = re.compile(r"tokens|<=|at most|maximum|limit|up to|less than|between|value")
_AFFORD = re.compile(rf"afford {_NUMBER}")
_ALONE = re.compile(rf"limit:? {_NUMBER}(?:, used:? {_NUMBER})?,? requested:? {_NUMBER}")

_WINDOW = tuple(
    re.compile(pattern)
    for pattern in (
        rf"maximum context length (?:is|of) {_NUMBER}",
        rf"(?:available )?context (?:size|window|length)[^\d]{{0,20}}{_NUMBER}",
        rf"{_NUMBER} (?:token )?(?:maximum context length|maximum|context)",
        rf"> {_NUMBER} maximum",
        rf"maximum number of tokens allowed \({_NUMBER}",
        rf"maximum (?:prompt|input|sequence) length (?:is|of) {_NUMBER}",
        rf"range of input length should be \[\d+, {_NUMBER}",
        rf"token limit:? {_NUMBER}",
        rf"must be <= {_NUMBER}",
        rf"model with {_NUMBER}",
    )
)
_READ = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NUMBER} in the messages",
        rf"has {_NUMBER} input tokens",
        rf"\({_NUMBER} (?:tokens )?(?:of|from) (?:text )?input",
        rf"prompt contains (?:at least )?{_NUMBER}",
        rf"request \({_NUMBER} tokens\)",
        rf"too long: {_NUMBER}",
        rf"input token count \({_NUMBER}",
        rf"input \({_NUMBER} tokens",
        rf"request contains {_NUMBER}",
        rf"{_NUMBER} input tokens",
        rf"given: {_NUMBER} `?inputs",
        rf"requested {_NUMBER} tokens",
    )
)


def window_and_read(value: Any, text: str) -> tuple[int | None, int | None]:
    """Return the model's window and the tokens of the prompt, each where an error names it."""
    body = value.get("error", value) if isinstance(value, Mapping) else None
    if isinstance(body, Mapping) and isinstance(body.get("n_ctx"), int) and isinstance(body.get("n_prompt_tokens"), int):
        return body["n_ctx"], body["n_prompt_tokens"]
    return _first(_WINDOW, text), _first(_READ, text)


def limit_in(text: str, cap: int) -> int | None:
    """Return the highest cap that the sentences about caps name, if it is lower than the one sent."""
    bounds = [sentence for sentence in sentences_of(text) if names_a_cap(sentence) or _BOUND.search(sentence)]
    numbers = [number for sentence in bounds for number in _all(sentence)]
    below = [number for number in numbers if _LEAST <= number < cap]
    return max(below, default=None)


def afforded(text: str) -> int | None:
    """Return the tokens that the account's credit is good for."""
    match = _AFFORD.search(text)
    return _int(match[1]) if match else None


def exceeds_alone(text: str) -> bool:
    """Return whether the request alone is more than the limit that it names."""
    match = _ALONE.search(text)
    return bool(match) and _int(match[3]) > _int(match[1])  # type: ignore[index]


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> int | None:
    return next((_int(match[1]) for match in (pattern.search(text) for pattern in patterns) if match), None)


def _all(sentence: str) -> list[int]:
    return [_int(match[1]) for match in _ANY.finditer(sentence)]


def _int(number: str) -> int:
    return min(int(number.replace(",", "")[:12]), 10**9)
