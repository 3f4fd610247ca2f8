"""Words beside nodes, where there is room for them: no label lies on a node or on another label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.wording import counted, written
from ops.desk.markup import shortened
from ops.desk.ring_picture.graph import ACCOUNT, Graph, Node
from ops.desk.ring_picture.places import Place
from ops.desk.ring_picture.stress import Floats
from ops.desk.ring_picture.words import name_of, noun_of

LINE = 13.5
"""Height of a line; letters are 12 high, and how wide depends on the fonts where it is shown."""
_LETTER, _STRONG_LETTER = 6.6, 7.4
_SCALES = ((1400.0, 2.2), (800.0, 1.5))
"""From which width of the picture on letters are how much larger: it is shown smaller than it is."""
_CLEAR = 3.0
_FIRST = 3
"""Labels that are drawn even where there is no room: the picture says nothing without them."""
_NAMED = 50
"""Most labels; up to so many nodes accounts have one, too."""


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text whose middle is at x; y is the foot of the first line."""

    name: str
    x: float
    y: float
    anchor: str
    """start, middle or end: which point of a line x is."""
    lines: tuple[str, ...]
    is_strong: bool
    is_first: bool
    scale: float = 1.0

    @property
    def line(self) -> float:
        """Height of a line."""
        return LINE * self.scale

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and low edge."""
        letter = (_STRONG_LETTER if self.is_strong else _LETTER) * self.scale
        wide = letter * max(map(len, self.lines), default=0)
        left = {"start": self.x, "middle": self.x - wide / 2, "end": self.x - wide}[self.anchor]
        return left, self.y - self.line * 0.8, left + wide, self.y + self.line * (len(self.lines) - 0.8)


def labels_of(graph: Graph, places: Mapping[str, Place], marks: frozenset[str]) -> tuple[Label, ...]:
    """Return the labels that have room, those of what is shared first."""
    nodes = [node for node in graph.nodes if node.name not in marks]
    named = [node for node in nodes if node.is_shared or node.members > 1 or len(nodes) <= _NAMED]
    circles = np.array([(place.x, place.y, place.radius) for place in places.values()])
    scale = _scale(circles)
    taken: list[Label] = []
    for rank, node in enumerate(sorted(named, key=_weight)[:_NAMED]):
        is_first = rank < _FIRST and node.is_shared
        tried = list(_beside(node, places[node.name], is_first, scale))
        cost = [_covered(label, circles, taken) for label in tried]
        best = cost.index(min(cost))
        if cost[best] == 0 or is_first:
            taken.append(tried[best])
    return tuple(taken)


def _scale(circles: Floats) -> float:
    wide = float(np.ptp(circles[:, 0])) if len(circles) else 0.0
    return next((scale for least, scale in _SCALES if wide > least), 1.0)


def brief_money(node: Node) -> str:
    """Return the largest sum in few letters: 1,240 EUR, 18.2k EUR; empty without money."""
    if not node.money:
        return ""
    currency, units = node.money[0]
    amount = units / 10_000
    for least, divisor, letters in ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if amount >= least:
            return f"{written(amount / divisor, ',.1f')}{letters} {shortened(currency, 3)}"
    return f"{amount:,.0f} {shortened(currency, 3)}"


def short_name(node: Node) -> str:
    """Return the beginning of a pseudonym, enough to find it in a list."""
    return shortened(node.name.partition(":")[2], 40)[:6]


def _weight(node: Node) -> tuple[bool, bool, int, float, str]:
    return not node.is_shared, node.members == 1, -node.partners * node.is_shared, -node.size, node.name


def shows_sum(node: Node) -> bool:
    """Return whether the label of a node is its money: of an account alone, if it has any."""
    return node.is_account and not node.is_shared and node.members == 1 and bool(node.money)


def _lines(node: Node) -> tuple[str, ...]:
    if node.members > 1:
        return (name_of(node),)
    if not node.is_shared:
        return (brief_money(node) if shows_sum(node) else short_name(node),)
    noun = noun_of(node.kind)
    return f"{noun[:1].upper()}{noun[1:]} {short_name(node)}", counted(node.partners, ACCOUNT)


def _beside(node: Node, place: Place, is_first: bool, scale: float) -> Iterator[Label]:
    """Yield the label below its node, above, to the right, to the left, and at its four corners."""
    lines, away, line = _lines(node), place.radius + 2, LINE * scale
    is_strong = node.is_shared or node.members > 1
    below, above = place.y + away + line * 0.8, place.y - away - line * (len(lines) - 0.8)
    middle, side, near = place.y + line * (0.8 - len(lines) / 2), away + 2, 0.7 * place.radius
    for x, y, anchor in (
        (place.x, below, "middle"), (place.x, above, "middle"), (place.x + side, middle, "start"), (place.x - side, middle, "end"),
        (place.x + near, below, "start"), (place.x - near, below, "end"), (place.x + near, above, "start"), (place.x - near, above, "end"),
    ):  # fmt: skip
        yield Label(node.name, x, y, anchor, lines, is_strong, is_first, scale)


def _covered(label: Label, circles: Floats, taken: Sequence[Label]) -> float:
    """Return how much of other nodes and labels a label would cover, 0 where it has room."""
    left, top, right, low = label.box
    x, y, radius = circles.T
    away = np.hypot(np.maximum(np.maximum(left - x, x - right), 0), np.maximum(np.maximum(top - y, y - low), 0))
    covered = float(np.maximum(radius - away, 0.0).sum())
    for other in taken:
        its = other.box
        wide = min(right, its[2]) - max(left, its[0]) + _CLEAR
        high = min(low, its[3]) - max(top, its[1])
        covered += max(0.0, wide) * max(0.0, high)
    return covered
