"""Ids of accounts, devices and the like in a question: a pseudonym takes their place, too.

They are told from words by the kind before them, by what the store knows, and by their digits.
"""

from __future__ import annotations

import re
from typing import Protocol

from domain.graph import ENTITY_FIELDS

HIDDEN = "[id]"
"""In the place of what looks like an identifier and is not known."""
WHY_HIDDEN = f"{HIDDEN} is in the place of an identifier that is not known here: write its kind before it, account or device."
_WORD = re.compile(r"[^\s\"'<>(),;?!|{}\[\]`*“”‘’„«»…–—]+")
_KIND = "|".join(ENTITY_FIELDS)
_DAY = r"\d{4}-\d\d(?:-\d\d)?"
_PSEUDONYM = re.compile(r"[0-9a-f]{16}", re.ASCII)
_OURS = re.compile(
    rf"{_DAY}(?:\.\.{_DAY}|T[\d:.]+Z?)?|\d{{1,2}}(?::\d\d){{1,2}}|\d{{1,5}}|[\d.,]*[.,][\d.,]*%?|\d{{1,3}}(?:[dhmsw%]|st|nd|rd|th|-[a-z]+)"
    rf"|top-\d+|[a-z]+(?:_[a-z]+)*_v?\d{{1,2}}|inc-[0-9a-f]{{16}}|case-[0-9a-z-]+|T\d+(?:\.\d+)?|(?:{_KIND}):[0-9a-f]{{16}}|(?:{_KIND})\.[a-z0-9_]+",
    re.ASCII,
)
"""Words with digits that are no identifier of a stranger: times, numbers, references, features."""
_NAMES_OURS = frozenset(
    ("event", "events", "model", "rule", "list", "policy", "type", "case", "owner", "incident", "pattern", "feature", "day", "version")
)
"""After these comes a name of this system, or an event's id."""
_COMPARED = frozenset(("least", "most", "above", "below", "than", "over", "under"))
_BETWEEN = frozenset(("id", "number", "no", "is", "=", "#"))
_CURRENCY = re.compile(r"\s+[A-Za-z]{3}\b")
_NAMED = re.compile(rf"({_KIND})[:=#]+(.+)", re.ASCII | re.IGNORECASE)
_TWICE = re.compile(rf"\b({_KIND})(?: (?:id|number|no|is|=))? (?=\1:[0-9a-f]{{16}}\b)", re.ASCII | re.IGNORECASE)
"""A kind before an entity, which names it itself."""
_SHORT_ID = re.compile(r"[A-Za-z]{1,3}[-_]?\d+", re.ASCII)
_LEAST_CHARS = 6


class Names(Protocol):
    """What turns raw identifiers into pseudonyms. May raise that this person may not."""

    def sure(self, value: str, kind: str) -> str:
        """Return the entity that an identifier is."""
        ...

    def known(self, value: str, kind: str = "") -> str | None:
        """Return the entity of this identifier if the store knows one, None else."""
        ...

    def is_event(self, value: str) -> bool:
        """Return whether it is the id of an event that was decided."""
        ...


def without_ids(question: str, names: Names) -> str:
    """Return a question without raw identifiers; e-mail and IP addresses are pseudonyms already.

    A pseudonym is in the place of what follows a kind (`account c-17`), and of what the store knows; another
    word that looks like an identifier becomes `HIDDEN`.
    """
    before: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        word = found[0].rstrip(".:")
        said = _said(word, before, question[found.end() :], names)
        before.append(word.lower())
        return said + found[0][len(word) :]

    return _TWICE.sub("", _WORD.sub(replaced, question))


def _said(word: str, before: list[str], after: str, names: Names) -> str:
    kind, value = _of_kind(word, before)
    if kind:
        if _PSEUDONYM.fullmatch(value):
            return f"{kind}:{value}"
        return names.sure(value, kind) if _has_digit(value) else names.known(value, kind) or word
    if not _has_digit(word) or _OURS.fullmatch(word) or _is_of_ours(word, before, after):
        return word
    found = names.known(word)
    return found or (HIDDEN if _is_id(word) and not names.is_event(word) else word)


def _of_kind(word: str, before: list[str]) -> tuple[str, str]:
    """Return the kind that is named with a word or before it, and the identifier; no kind where none is."""
    named = _NAMED.fullmatch(word)
    if named:
        return named[1].lower(), named[2]
    words = [one for one in before[-3:] if one not in _BETWEEN]
    is_day = _OURS.fullmatch(word) and not word.isdecimal()
    return (words[-1], word.lstrip("#=")) if words and words[-1] in ENTITY_FIELDS and not is_day else ("", word)


def _is_of_ours(word: str, before: list[str], after: str) -> bool:
    """Return whether the words around say that it is a name of ours, or an amount."""
    last = before[-1] if before else ""
    return last in _NAMES_OURS or (word.isdecimal() and (last in _COMPARED or _CURRENCY.match(after) is not None))


def _is_id(word: str) -> bool:
    return len(word) >= _LEAST_CHARS or (_SHORT_ID.fullmatch(word) is not None and "-" in word)


def _has_digit(word: str) -> bool:
    return any(character.isdecimal() for character in word)
