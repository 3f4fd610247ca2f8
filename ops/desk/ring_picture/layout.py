"""Where each node of a graph is drawn, once for all revisions: a picture that grows moves nothing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ops.desk.ring_picture.graph import Graph, Node
from ops.desk.ring_picture.labels import Label, labels_of
from ops.desk.ring_picture.marks import MARK_ROOM, around, ends_of, marks_of
from ops.desk.ring_picture.places import Place
from ops.desk.ring_picture.spread import shelves, without_overlap
from ops.desk.ring_picture.stress import Floats, hops, least_stress

HOP = 78.0
"""Length of a link that has room."""
_BEND = 0.75
"""Distances count with this power: rings that hang together like a chain curl up instead of being a line."""
_AIR = 12.0
_LABEL, _LABELLED = 12.0, 60
"""Room around a shared thing for its label, up to so many nodes."""
_EVEN = 1e-6
_GAP = 26.0
"""Between parts that nothing connects."""
_SHAPE = 1.7
"""Width of the picture by its height, about."""
_MARGIN = 14.0
_KEPT = 32
"""Layouts: of the largest one some 200 kB."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of all nodes in a frame that begins at 0, 0."""

    places: Mapping[str, Place]
    width: float
    height: float
    labels: tuple[Label, ...] = ()
    marks: frozenset[str] = frozenset()
    """Nodes drawn as a small mark at their account."""


@lru_cache(maxsize=_KEPT)
def layout_of(graph: Graph) -> Layout:
    """Return where the nodes are; the same for the same graph, which is opened again and again."""
    marks = marks_of(graph)
    cores = [node for node in graph.nodes if node.name not in marks]
    largest = max((node.size for node in graph.nodes if node.members == 1), default=0.0)
    radii = {node.name: _radius(node, largest) for node in cores}
    at: dict[str, list[str]] = defaultdict(list)
    for mark, account in marks.items():
        at[account].append(mark)
    cells = {node.name: _cell(node, radii[node.name], node.name in at, len(cores)) for node in cores}
    places = {name: Place(x, y, radii[name]) for name, (x, y) in _arranged(graph, cores, cells).items()}
    ends = ends_of(graph, places)
    for account, own in at.items():
        places |= around(places[account], sorted(own), ends.get(account, ()))
    return _framed(places, labels_of(graph, places, frozenset(marks)), frozenset(marks))


def _radius(node: Node, largest: float) -> float:
    share = math.sqrt(min(1.0, node.size / largest)) if largest > 0 else 0.0
    if node.members > 1:
        return 18.0
    if node.is_account:
        return 9.0 + 11.0 * share
    return 12.0 + 12.0 * share if node.is_shared else 10.0 + 4.0 * share


def _cell(node: Node, radius: float, has_marks: bool, count: int) -> float:
    """Return the radius of the room that a node needs: with its marks, and where there are few with its
    label.
    """
    label = _LABEL if node.is_shared and count <= _LABELLED else 0.0
    return radius + _AIR / 2 + max(label, MARK_ROOM if has_marks else 0.0)


def _arranged(graph: Graph, cores: Sequence[Node], cells: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return the middles of nodes: each connected part by itself, the parts in rows, the largest first."""
    index = {node.name: at for at, node in enumerate(cores)}
    neighbours: list[set[int]] = [set() for _ in cores]
    for link in graph.links:
        if link.account in index and link.thing in index:
            neighbours[index[link.account]].add(index[link.thing])
            neighbours[index[link.thing]].add(index[link.account])
    far = hops(neighbours)
    radii = np.array([cells[node.name] for node in cores])
    parts = sorted(_parts(far), key=lambda part: (-len(part), cores[part[0]].since, -cores[part[0]].size, cores[part[0]].name))
    since = np.array([float(node.since) for node in cores])
    drawn = [_landscape(without_overlap(least_stress(far[np.ix_(part, part)] ** _BEND) * HOP, radii[part]), since[part]) for part in parts]
    boxes = [_box(places, radii[part]) for places, part in zip(drawn, parts, strict=True)]
    corners = shelves([(right - left, low - top) for left, top, right, low in boxes], _GAP, _SHAPE)
    return {
        cores[at].name: (float(x - left + dx), float(y - top + dy))
        for part, places, (left, top, _, _), (dx, dy) in zip(parts, drawn, boxes, corners, strict=True)
        for at, (x, y) in zip(part, places, strict=True)
    }


def _parts(far: Floats) -> list[list[int]]:
    """Return the connected parts, each as places in `far` in their order."""
    left, parts = set(range(len(far))), []
    while left:
        part = [int(at) for at in np.flatnonzero(np.isfinite(far[min(left)]))]
        parts.append(part)
        left -= set(part)
    return parts


def _landscape(places: Floats, since: Floats) -> Floats:
    """Return the places turned so that they are widest from left to right, and mirrored so that what was
    there first is on the left: a picture reads as it grew.
    """
    if len(places) < 2:
        return places
    x, y = (places - places.mean(axis=0)).T
    angle = 0.5 * math.atan2(2 * float((x * y).sum()), float((x * x - y * y).sum()))
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    later = since - since.mean()
    return np.stack([axis * (-1.0 if float((later * axis).sum()) < -_EVEN else 1.0) for axis in (along, across)], axis=1)


def _box(places: Floats, radii: Floats) -> tuple[float, float, float, float]:
    least, most = (places - radii[:, None]).min(axis=0), (places + radii[:, None]).max(axis=0)
    return float(least[0]), float(least[1]), float(most[0]), float(most[1])


def _framed(places: Mapping[str, Place], labels: Sequence[Label], marks: frozenset[str]) -> Layout:
    """Return the layout with its margin; coordinates have one digit, as they are written."""
    if not places:
        return Layout({}, 2 * _MARGIN, 2 * _MARGIN)
    boxes = [(at.x - at.radius, at.y - at.radius, at.x + at.radius, at.y + at.radius) for at in places.values()]
    edges = tuple(zip(*(*boxes, *(label.box for label in labels)), strict=True))
    left, top, right, low = min(edges[0]) - _MARGIN, min(edges[1]) - _MARGIN, max(edges[2]) + _MARGIN, max(edges[3]) + _MARGIN
    moved = {name: Place(round(at.x - left, 1), round(at.y - top, 1), round(at.radius, 1)) for name, at in places.items()}
    said = tuple(replace(label, x=round(label.x - left, 1), y=round(label.y - top, 1)) for label in labels)
    return Layout(moved, float(math.ceil(right - left)), float(math.ceil(low - top)), said, marks)
