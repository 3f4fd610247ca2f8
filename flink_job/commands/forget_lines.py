"""The lines by which the job is told to forget an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from domain.graph import FORGET
from domain.times import now_ms

_ACCOUNT = "account"


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
