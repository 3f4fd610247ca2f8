"""Raw identifiers in a question: a pseudonym takes their place before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address

_WORD = re.compile(r"[^\s\"'<>(),;?!]+")


def without_raw(question: str, named: Callable[[str], str]) -> str:
    """Return a question in which each e-mail address and each IP address is what `named` makes of it."""
    return _WORD.sub(lambda found: _replaced(found[0], named), question)


def _replaced(word: str, named: Callable[[str], str]) -> str:
    value = word.rstrip(".:")
    return named(value) + word[len(value) :] if _is_raw(value) else word


def _is_raw(word: str) -> bool:
    before, at, after = word.partition("@")
    if at:
        return bool(before and after)
    try:
        ip_address(word)
    except ValueError:
        return False
    return True
