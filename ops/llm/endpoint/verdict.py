"""What kind of failure an error is, and what it says that can be acted on.

The first kind that fits counts, so that their order is part of the meaning: "too many tokens, please wait" is
no prompt that is too long, and a context window that names `max_tokens` refuses no parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from ops.llm.endpoint import numbers_named, phrases
from ops.llm.endpoint.error_body import ErrorBody
from ops.llm.endpoint.names import Capability, folded, named_in, names_a_cap


class Kind(Enum):
    """What an error is about."""

    KEY = auto()
    MONEY = auto()
    FILTER = auto()
    THROTTLED = auto()
    TOO_LONG = auto()
    LENGTH = auto()
    """The model needs more tokens than the cap lets it write."""
    CAP = auto()
    """The cap is more than the model, the account or the window has room for."""
    JSON_WORD = auto()
    """A JSON object is written only where the user's message says json."""
    PARAMETER = auto()
    """A parameter is missing."""
    GENERATION = auto()
    """The model did not manage to write JSON of the shape."""
    NAMED = auto()
    """Capabilities are refused by name."""
    MISSING = auto()
    """There is no such model or path."""
    UNNAMED = auto()
    """The request is refused; nothing says why."""
    BROKEN = auto()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request sent, as far as an error is read against it."""

    sent: frozenset[Capability]
    cap: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A kind of failure, with what the error says about it.

    `limit`: the highest cap; `window`: the tokens the model takes in, prompt and answer; `read`: those of the
    prompt; `parameter`: one that must be sent, with its value; `text`: the folded text and parameters.
    """

    kind: Kind
    text: str = ""
    named: frozenset[Capability] = frozenset()
    limit: int | None = None
    window: int | None = None
    read: int | None = None
    parameter: tuple[str, bool] | None = None


_TIMEOUTS = (408, 425, 499)
_MOST_CHARS = 8_192  # of an error that are read for its kind: the time for some rules grows with the square


def verdict_on(error: ErrorBody, text: str, asked: Asked, has_hint: bool = False) -> Verdict:
    """Return the first kind that an error is of.

    `text` is the error's without what it echoes of the prompt; `has_hint` whether it says how long to wait.
    """
    text = folded(text[:_MOST_CHARS])
    with_params = "\n".join((text, *map(folded, error.params)))
    for rule in _RULES:
        found = rule(error, text, asked, has_hint)
        if found:
            return replace(found, text=with_params)
    return Verdict(Kind.BROKEN if error.status >= 500 or error.status in _TIMEOUTS else Kind.UNNAMED, with_params)


_Rule = Callable[[ErrorBody, str, Asked, bool], Verdict | None]


def _filtered(error: ErrorBody, text: str, *_: object) -> Verdict | None:
    by_code = error.has_code(phrases.FILTER_CODES)
    return Verdict(Kind.FILTER) if by_code or error.status == 446 or phrases.FILTER.search(text) else None


def _key(error: ErrorBody, text: str, *_: object) -> Verdict | None:
    refused = error.status in (401, 403, 407) and not (error.status == 403 and phrases.THROTTLED.search(text))
    return Verdict(Kind.KEY) if refused or error.has_code(phrases.KEY_CODES) or phrases.KEY.search(text) else None


def _money(error: ErrorBody, text: str, asked: Asked, has_hint: bool) -> Verdict | None:
    if error.status == 402:
        limit = numbers_named.afforded(text)
        return Verdict(Kind.CAP, limit=limit) if limit and limit < asked.cap else Verdict(Kind.MONEY)
    if error.has_code(phrases.MONEY_CODES):
        return Verdict(Kind.MONEY)
    # a quota that says when it is open again is a limit of the rate
    return Verdict(Kind.MONEY) if phrases.MONEY.search(text) and not has_hint else None


def _too_much_at_once(error: ErrorBody, text: str, *_: object) -> Verdict | None:
    """Find a limit per minute that one request exceeds: waiting does not help."""
    at_once = phrases.TOO_MUCH_AT_ONCE.search(text) or numbers_named.exceeds_alone(text)
    return Verdict(Kind.TOO_LONG) if at_once and error.status in (400, 413, 429) else None


def _throttled(error: ErrorBody, text: str, asked: Asked, has_hint: bool) -> Verdict | None:
    is_away = error.status in (502, 503, 504) and (has_hint or (error.status == 503 and phrases.BUSY.search(text)))
    busy = error.status in (429, 498, 529) or is_away
    says_so = phrases.THROTTLED.search(text) or error.has_code(phrases.THROTTLED_CODES)
    return Verdict(Kind.THROTTLED) if busy or says_so else None


def _length(error: ErrorBody, text: str, *_: object) -> Verdict | None:
    return Verdict(Kind.LENGTH) if phrases.LENGTH.search(text) else None


def _too_long(error: ErrorBody, text: str, asked: Asked, _: bool) -> Verdict | None:
    if not (error.has_code(phrases.TOO_LONG_CODES) or error.status == 413 or phrases.TOO_LONG.search(text)):
        return None
    window, read = numbers_named.window_and_read(error.value, text)
    fits = window is not None and read is not None and read < window
    return Verdict(Kind.CAP if fits else Kind.TOO_LONG, limit=window - read if fits and window and read else None, window=window, read=read)


def _cap_too_high(error: ErrorBody, text: str, asked: Asked, _: bool) -> Verdict | None:
    if not names_a_cap(" ".join((text, *map(folded, error.params)))) or not phrases.TOO_HIGH.search(text):
        return None
    limit = numbers_named.limit_in(text, asked.cap)
    if limit:
        return Verdict(Kind.CAP, limit=limit)
    return Verdict(Kind.CAP, limit=asked.cap // 2) if phrases.LIMITED.search(text) else None


def _json_word(_: ErrorBody, text: str, *__: object) -> Verdict | None:
    return Verdict(Kind.JSON_WORD) if phrases.JSON_WORD.search(text) else None


def _parameter(_: ErrorBody, text: str, *__: object) -> Verdict | None:
    parameter = phrases.missing_parameter(text)
    return Verdict(Kind.PARAMETER, parameter=parameter) if parameter else None


def _generation(error: ErrorBody, text: str, *_: object) -> Verdict | None:
    return Verdict(Kind.GENERATION) if "json_validate_failed" in error.codes or phrases.GENERATION.search(text) else None


def _named(error: ErrorBody, text: str, asked: Asked, _: bool) -> Verdict | None:
    named = named_in(error, text, asked.sent)
    return Verdict(Kind.NAMED, named=named) if named else None


def _missing(error: ErrorBody, text: str, *_: object) -> Verdict | None:
    if phrases.ROUTING.search(text):
        return Verdict(Kind.UNNAMED)
    is_console = error.is_page and error.status < 300
    missing = is_console or error.status in (404, 405, 410, 421) or error.has_code(phrases.MISSING_CODES) or phrases.MISSING.search(text)
    return Verdict(Kind.MISSING) if missing else None


_RULES: tuple[_Rule, ...] = (
    _filtered,
    _key,
    _money,
    _too_much_at_once,
    _throttled,
    _length,
    _too_long,
    _cap_too_high,
    _json_word,
    _parameter,
    _generation,
    _named,
    _missing,
)
