"""Pseudonyms in place of raw identifiers: the hex that a decision's `entities` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from domain.events.event import Rejected
from domain.events.field_texts import is_empty, object_in
from domain.events.identity import MISSING
from domain.events.quoting import kind_of, name_of
from domain.graph import ENTITY_FIELDS

FIELD = "pseudonyms"
_HEX = re.compile(r"[0-9a-f]{16}")


def given_pseudonyms(value: Any, doc: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield (kind, pseudonym) of the field `pseudonyms`; raise `Rejected`.

    A kind for which `doc` holds a raw identifier, too, is refused: the two may be two entities.
    """
    if is_empty(value):
        return
    if value.__class__ is str:
        inner = object_in(value, FIELD)
        value = value if inner is None else inner
    if not isinstance(value, dict):
        raise Rejected(FIELD, f"an object is wanted, not {kind_of(value)}")
    for kind, text in value.items():
        if kind not in ENTITY_FIELDS:
            raise Rejected(FIELD, f"unknown kind {name_of(kind)}; {_mend(kind)}")
        if is_empty(text):
            continue
        raw = ENTITY_FIELDS[kind]
        if not is_empty(doc.get(raw)):
            raise Rejected(f"{FIELD}.{kind}", f"given as {raw}, too; send one of the two")
        yield kind, _pseudonym(kind, text)


def _pseudonym(kind: str, text: Any) -> int:
    if text.__class__ is not str:
        raise Rejected(f"{FIELD}.{kind}", f"a string of 16 hex digits is wanted, not {kind_of(text)}")
    if not _HEX.fullmatch(text):
        raise Rejected(
            f"{FIELD}.{kind}",
            f"16 digits of 0 to 9 and a to f are wanted, as in a decision's entities; a raw id is sent as {ENTITY_FIELDS[kind]}",
        )
    key = int(text, 16)
    if key == MISSING:
        raise Rejected(f"{FIELD}.{kind}", "zeros are nobody's pseudonym; leave the kind out")
    return key


def _mend(kind: str) -> str:
    near = get_close_matches(kind[:64].lower(), ENTITY_FIELDS, n=1)
    if kind in ENTITY_FIELDS.values():
        near = [name for name, field in ENTITY_FIELDS.items() if field == kind]
    return f"did you mean {near[0]}?" if near else f"use {', '.join(ENTITY_FIELDS)}"
