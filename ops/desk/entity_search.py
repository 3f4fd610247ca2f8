"""What somebody types to find an entity: a pseudonym, or a raw value that is hashed here and kept nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address

from sqlalchemy.orm import Session

from domain.control.listed import hashed
from domain.events.event import Rejected
from domain.events.identity import Pseudonyms, as_text
from domain.graph import ENTITY_FIELDS
from ops.cases.entity_life import known_entities

_PSEUDONYM = re.compile(r"(?:([a-z][a-z_]{0,31}):)?([0-9a-f]{16})", re.ASCII)
_ANY = ("account", "device", "payment", "merchant", "address")
"""Kinds that a value without a sign of its own may be of, the likeliest first."""


def pseudonyms_in(text: str) -> list[str]:
    """Return the entities that a text names as pseudonyms: of each kind where it names none; empty for
    another text.
    """
    found = _PSEUDONYM.fullmatch(text)
    if found is None:
        return []
    return [f"{kind}:{found[2]}" for kind in ([found[1]] if found[1] else ENTITY_FIELDS)]


def hashed_names(kind: str, value: str, pseudonyms: Pseudonyms) -> list[str]:
    """Return the entities that a raw value may be: one of a kind, one of each likely kind where it is empty.

    Raises `Rejected` where no event could match.
    """
    if kind:
        return [_name(kind, value, pseudonyms)]
    found: list[str] = []
    for likely in _kinds_of(value):
        try:
            found.append(_name(likely, value, pseudonyms))
        except Rejected:
            continue
    if not found:
        raise Rejected("value", "no event could name it; docs/events.md says what identifies each kind")
    return found


def best_of(session: Session, names: Sequence[str]) -> list[str]:
    """Return those that the store knows; all of them where it knows none."""
    return known_entities(session, names) or list(names)


def _kinds_of(value: str) -> Sequence[str]:
    if "@" in value:
        return ("email", "account")
    try:
        ip_address(value)
    except ValueError:
        return _ANY
    return ("ip",)


def _name(kind: str, value: str, pseudonyms: Pseudonyms) -> str:
    return f"{kind}:{as_text(hashed(kind, value, pseudonyms, 'value'))}"
