"""Small marks at an account: what only it uses, which connects nothing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from ops.desk.ring_picture.graph import Graph
from ops.desk.ring_picture.places import Place

_FEW = 14
"""Up to so many nodes everything is drawn full; above, what only one account uses is a small mark at it."""
_SMALL = 3.5
_ORBIT = 7.5
"""From the rim of an account to the middle of such a mark."""
MARK_ROOM = _ORBIT + _SMALL
"""Around an account that has such marks."""


def marks_of(graph: Graph) -> dict[str, str]:
    """Return the things that only one account uses, with that account; none in a small graph."""
    if len(graph.nodes) <= _FEW:
        return {}
    own = {node.name for node in graph.nodes if not node.is_account and node.partners == 1 and node.members == 1}
    return {link.thing: link.account for link in graph.links if link.thing in own}


def ends_of(graph: Graph, places: Mapping[str, Place]) -> Mapping[str, Sequence[Place]]:
    """Return for each account where the things are that it is linked with, marks aside."""
    found: dict[str, list[Place]] = defaultdict(list)
    for link in graph.links:
        if link.thing in places:
            found[link.account].append(places[link.thing])
    return found


def around(account: Place, own: Sequence[str], ends: Sequence[Place]) -> dict[str, Place]:
    """Return the places of small marks in an arc on the side of an account that is free."""
    direction = _away(account, ends)
    orbit = account.radius + _ORBIT
    step = min(2.4 * _SMALL / orbit, 2 * math.pi / len(own))
    radius = min(_SMALL, 0.42 * step * orbit)
    first = direction - step * (len(own) - 1) / 2
    turns = [first + step * number for number in range(len(own))]
    return {
        name: Place(account.x + orbit * math.cos(turn), account.y + orbit * math.sin(turn), radius)
        for name, turn in zip(own, turns, strict=True)
    }


def _away(here: Place, ends: Sequence[Place]) -> float:
    """Return the direction from the things that an account shares, as an angle; up where it shares none."""
    x, y = sum(here.x - end.x for end in ends), sum(here.y - end.y for end in ends)
    return math.atan2(y, x) if abs(x) > 1 or abs(y) > 1 else -math.pi / 2
