"""Entities as people read them: what kind it is, and the pseudonym."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.graph import ENTITY_FIELDS
from domain.incidents.reason_phrases import NOUNS
from ops.desk.markup import shortened
from ops.terminal.shown_values import mapping

_NAME = re.compile(r"[a-z][a-z_]{0,31}:[0-9a-f]{16}", re.ASCII)
_DIGITS = 8
"""Of a pseudonym in a list: whole ones are in the links and on the entity's page."""
KINDS = tuple(ENTITY_FIELDS)


@dataclass(frozen=True)
class EntityName:
    """An entity. `address`: its page; empty for a name that no page has."""

    name: str
    """As `device:9c41aa00bb11cc22`."""
    kind: str
    """In words: email address."""
    pseudonym: str
    address: str

    @property
    def short(self) -> str:
        """The first digits of the pseudonym."""
        return self.pseudonym[:_DIGITS]


def entity_name_of(name: str) -> EntityName:
    """Return how an entity is shown; a name from outside that is none is shown short and leads nowhere."""
    kind, _, pseudonym = name.partition(":")
    if kind not in KINDS or not _NAME.fullmatch(name):
        return EntityName(name, shortened(kind, 20), shortened(pseudonym, 16), "")
    return EntityName(name, kind_word(kind), pseudonym, f"/entities/{name}")


def entities_of_document(document: Mapping[str, Any], but: str = "") -> list[EntityName]:
    """Return the entities of an alert or decision, accounts first, without one."""
    named = [f"{kind}:{pseudonym}" for kind, pseudonym in mapping(document.get("entities")).items()]
    return [entity_name_of(name) for name in sorted(named, key=_order) if name != but]


def kind_word(kind: str) -> str:
    """Return a kind in words: device, IP address."""
    return NOUNS.get(kind, kind.replace("_", " "))


def _order(name: str) -> tuple[int, str]:
    kind = name.partition(":")[0]
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), name)
