"""Raw identifiers in a question: a pseudonym takes their place before anything is kept.

They are found wherever they are, also behind a mark or a word: `ip=203.0.113.9`, `[203.0.113.9]:443`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address

_NO_MARK = r"[^\s@\"'<>(),;?!:=|{}\[\]`*/\\#&“”‘’„«»…–—]+"
_KIND = r"(?:\b(?:mailto|e-?mail|ip):\s?)?"
"""A kind that somebody writes before it: the pseudonym names its own."""
_EMAIL = re.compile(rf"{_KIND}({_NO_MARK}(?:'{_NO_MARK})*@{_NO_MARK})", re.IGNORECASE)
_IP6 = re.compile(rf"{_KIND}(?<![0-9A-Za-z.])((?=[0-9a-f.]*:[0-9a-f.]*:)[0-9a-f:.]+(?:%[0-9A-Za-z]+)?)", re.IGNORECASE)
_IP4 = re.compile(rf"{_KIND}(?<![0-9.])((?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})(?!\.?[0-9])", re.IGNORECASE)


def without_raw(question: str, named: Callable[[str], str]) -> str:
    """Return a question in which each e-mail address and each IP address is what `named` makes of it."""
    for pattern, is_raw in ((_EMAIL, _is_email), (_IP6, _is_ip), (_IP4, _is_ip)):
        question = pattern.sub(lambda found, its=is_raw: _replaced(found, its, named), question)  # type: ignore[misc]
    return question


def _replaced(found: re.Match[str], is_raw: Callable[[str], bool], named: Callable[[str], str]) -> str:
    """Return a pseudonym in the place of a value; a mark at its end belongs to the sentence."""
    for value in dict.fromkeys((found[1], found[1].rstrip("."), found[1].rstrip(".:"))):
        if is_raw(value):
            return named(value) + found[1][len(value) :]
    return found[0]


def _is_email(text: str) -> bool:
    return not text.endswith(".")


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
