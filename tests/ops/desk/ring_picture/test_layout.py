"""Places of nodes: none overlaps, all are within the frame, and nothing moves."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

from hypothesis import given, settings

from ops.desk.ring_picture.gather import graph_of
from ops.desk.ring_picture.graph import Graph
from ops.desk.ring_picture.layout import Layout, layout_of
from ops.desk.ring_picture.ring import RingPicture
from tests.support.ring_samples import SVG, graphs, parsed, ring_alerts, ring_revisions

STAR = [(account, 0) for account in range(60)]


def overlaps(layout: Layout) -> list[tuple[str, str]]:
    pairs = combinations(layout.places.items(), 2)
    return [(one, two) for (one, a), (two, b) in pairs if math.hypot(a.x - b.x, a.y - b.y) < a.radius + b.radius]


def outside(layout: Layout) -> list[str]:
    circles = {name: (at.x - at.radius, at.y - at.radius, at.x + at.radius, at.y + at.radius) for name, at in layout.places.items()}
    boxes = circles | {f"label {label.name}": label.box for label in layout.labels}
    return [name for name, (x, y, right, low) in boxes.items() if min(x, y) < 0 or right > layout.width or low > layout.height]


@settings(max_examples=40)
@given(graphs())
def test_no_node_overlaps_another_and_all_are_within_the_frame(alerts: list[dict[str, Any]]) -> None:
    graph = graph_of([], alerts)
    layout = layout_of(graph)
    assert set(layout.places) == {node.name for node in graph.nodes}
    assert overlaps(layout) == []
    assert outside(layout) == []


@settings(max_examples=20)
@given(graphs())
def test_the_same_documents_give_the_same_bytes(alerts: list[dict[str, Any]]) -> None:
    revisions = ring_revisions(alerts, (1, len(alerts)))
    one = RingPicture.of(revisions, alerts, "Ring").svg()
    assert RingPicture.of(revisions[::-1], alerts[::-1], "Ring").svg() == one


@settings(max_examples=20)
@given(graphs())
def test_a_node_is_in_one_place_in_all_revisions(alerts: list[dict[str, Any]]) -> None:
    picture = RingPicture.of(ring_revisions(alerts, sorted({1, (len(alerts) + 1) // 2, len(alerts)})), alerts, "Ring")
    drawn = [parsed(picture.svg(at)) for at in picture.revisions]
    places = [[group.get("transform") for group in svg.iter(f"{SVG}g")] for svg in drawn]
    assert all(one == places[0] for one in places)
    assert len({svg.get("viewBox") for svg in drawn}) == 1


def test_a_large_star_has_its_device_in_the_middle() -> None:
    graph = graph_of([], ring_alerts(STAR))
    layout = layout_of(graph)
    device = layout.places[next(node.name for node in graph.nodes if node.kind == "device")]
    assert abs(device.x - layout.width / 2) < layout.width / 4
    assert abs(device.y - layout.height / 2) < layout.height / 4
    assert overlaps(layout) == []


def test_what_one_account_uses_is_a_small_mark_at_it() -> None:
    graph = graph_of([], ring_alerts([*STAR, (3, 5)]))
    layout = layout_of(graph)
    (mark,) = layout.marks
    account = next(link.account for link in graph.links if link.thing == mark)
    near, far = layout.places[mark], layout.places[account]
    assert near.radius < far.radius
    assert math.hypot(near.x - far.x, near.y - far.y) < far.radius + 10


def test_nothing_gives_an_empty_frame() -> None:
    layout = layout_of(Graph())
    assert not layout.places
    assert layout.width > 0


def test_no_label_lies_on_a_node_but_the_first_three() -> None:
    layout = layout_of(graph_of([], ring_alerts([(account, account % 5) for account in range(40)] + [(n, (n + 1) % 5) for n in range(10)])))
    for label in layout.labels:
        left, top, right, low = label.box
        covered = [
            name
            for name, at in layout.places.items()
            if math.hypot(max(left - at.x, at.x - right, 0), max(top - at.y, at.y - low, 0)) < at.radius - 0.2
        ]
        assert label.is_first or covered == []


def test_what_was_there_first_is_on_the_left() -> None:
    alerts = ring_alerts([(0, 0), (1, 0), (2, 0), (2, 1), (3, 1), (3, 2), (4, 2), (4, 3), (5, 3), (6, 3), (7, 3)])
    picture = RingPicture.of(ring_revisions(alerts, (2, 5, 8, 11)), alerts, "Ring")
    places = [(node.since, picture.layout.places[node.name].x) for node in picture.known.nodes]
    means = [sum(x for number, x in places if number == since) / sum(number == since for number, _ in places) for since in (1, 2, 3, 4)]
    assert means == sorted(means)
