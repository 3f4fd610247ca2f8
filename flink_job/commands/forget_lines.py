"""The lines by which the job is told to forget an account, and what they name beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from domain.graph import FORGET
from domain.times import now_ms

if TYPE_CHECKING:
    from domain.events.parser import EventParser

_ACCOUNT = "account"


def seen_in(parser: EventParser, kinds: Sequence[str], account: str, text: str) -> Mapping[str, str]:
    """Return with which entities a document or a raw event names the account: pseudonyms by kind."""
    from domain.events.event import Rejected
    from domain.events.identity import MISSING, as_text

    try:
        document = json.loads(text)
        given = document.get("entities") or document.get("pseudonyms")
        if isinstance(given, dict):
            return {str(kind): str(name) for kind, name in given.items()} if given.get(_ACCOUNT) == account else {}
        event = parser.parse(text.encode())
    except (ValueError, AttributeError, Rejected):
        return {}
    keys = zip(kinds, (*event.entities, *event.places), strict=False)
    found = {kind: as_text(key) for kind, key in keys if key != MISSING}
    return found if found[_ACCOUNT] == account else {}


def forget_lines(account: str, seen: Sequence[Mapping[str, str]]) -> dict[str, Mapping[str, Any]]:
    """Return lines by their ids that name the account and, between them, each entity it was seen with.

    A line holds one of each kind: they are as many as the kind with the most has entities, and at least one.
    """
    kinds = {kind: list(dict.fromkeys(one[kind] for one in seen if kind in one)) for one in seen for kind in one if kind != _ACCOUNT}
    now, lines = now_ms(), list(zip_longest(*kinds.values())) or [()]
    made: dict[str, Mapping[str, Any]] = {}
    for number, names in enumerate(lines, 1):
        given = {kind: name for kind, name in zip(kinds, names, strict=True) if name}
        event_id = f"forget:{account}:{now}:{number}"
        made[event_id] = {"event_id": event_id, "event_type": FORGET, "event_time": now, "pseudonyms": {_ACCOUNT: account, **given}}
    return made
