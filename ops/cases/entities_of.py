"""How entities are named in the store, and how an alert is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any


def entity_name(kind: str, pseudonym: str) -> str:
    """Return e.g. `device:9c41a2b3c4d5e6f7`."""
    return f"{kind}:{pseudonym}"


def entity_names(entities: Mapping[str, str]) -> list[str]:
    """Return the names of a decision's entities, sorted."""
    return sorted(entity_name(kind, pseudonym) for kind, pseudonym in entities.items())


def participants_of(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the entities that an incident's document lists."""
    for kind, listed in document["participants"].items():
        for pseudonym in listed["pseudonyms"]:
            yield entity_name(kind, pseudonym)


def alert_id(account: str | None, event_id: str) -> str:
    """Return the id of an alert: 32 hexadecimal digits, from account and event id."""
    text = f"{account or ''}\0{event_id}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
