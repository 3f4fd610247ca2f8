"""An entity as people read it: its kind, and the beginning of its pseudonym as a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from domain.incidents.reason_phrases import NOUNS
from ops.terminal.shown_values import plain

_SHORT = 8


@dataclass(frozen=True)
class EntityChip:
    """An entity; `name` is `device:9c41a2b3c4d5e6f7`."""

    kind: str
    pseudonym: str

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.kind}:{self.pseudonym}"

    @property
    def noun(self) -> str:
        """The kind in words."""
        return NOUNS.get(self.kind, plain(self.kind, 20))

    @property
    def short(self) -> str:
        """The beginning of the pseudonym, enough to tell two apart on a page."""
        return plain(self.pseudonym, 40)[:_SHORT]

    @property
    def address(self) -> str:
        """The path of its page."""
        return f"/entities/{quote(self.kind[:40], safe='', errors='replace')}:{quote(self.pseudonym[:80], safe='', errors='replace')}"


def entity_chips(entities: Mapping[str, Any]) -> list[EntityChip]:
    """Return the entities of an event, by kind."""
    return [EntityChip(str(kind), str(pseudonym)) for kind, pseudonym in sorted(entities.items())]


def entity_chip(name: str) -> EntityChip:
    """Return the entity of a name, `device:9c41...`."""
    kind, _, pseudonym = name.partition(":")
    return EntityChip(kind, pseudonym)
