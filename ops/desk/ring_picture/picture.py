"""The picture of a graph as SVG: classes instead of styles, each node a link, the same bytes for the same
graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from markupsafe import Markup

from domain.wording import counted
from ops.desk.markup import element, joined, shortened
from ops.desk.ring_picture.graph import ACCOUNT, Graph, Link, Node
from ops.desk.ring_picture.labels import shows_sum
from ops.desk.ring_picture.layout import Layout
from ops.desk.ring_picture.places import Place
from ops.desk.ring_picture.shapes import shape, sign
from ops.desk.ring_picture.words import sentences, told

LARGEST = 1.4
"""CSS pixels for a unit of the layout where there is room: a ring of three is not blown up to a poster."""
_DENSE = 120
"""Links from which on they are drawn fainter."""
_LARGE = {1.5: " is-large", 2.2: " is-huge"}
"""Scale of a label -> its class."""
_COUNT = 1
"""The line of a label that says how many accounts use a thing."""
_SIGN_FROM = 8.0
"""The least radius on which a sign can be told."""


def ring_svg(graph: Graph, layout: Layout, at: int | None = None, title: str = "The ring") -> Markup:
    """Return the picture as it is in revision `at`, the newest if None.

    What is of a later revision has the class `is-later`, which hides it. Where `at` is given, what is new in
    it has `is-new`. Each node and link says in `data-from` since which revision it is there, and a thing's
    label in `data-counts` how many accounts used it in each, so that a page can step. Size and colour are
    those of now; sums, which would be, too, are hidden by the class `is-earlier`.
    """
    shown = graph.last + 1 if at is None else at  # nothing is new in the newest, unless it is asked for
    words = " ".join(sentences(graph, shown))
    attributes: dict[str, object] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": f"ring-picture{' is-dense' if len(graph.links) > _DENSE else ''}{' is-earlier' if shown < graph.last else ''}",
        "viewBox": f"0 0 {layout.width:.0f} {layout.height:.0f}",
        "width": LARGEST * layout.width,
        "height": LARGEST * layout.height,
        "role": "group",
        "aria-label": f"{shortened(title, 160)}. {words}",
        "data-at": min(shown, graph.last),
    }
    places, order = layout.places, {node.name: number for number, node in enumerate(ordered(graph, layout))}
    nodes = [node for node in ordered(graph, layout) if node.name in places]
    lines = [_line(link, places, order, graph, shown) for link in graph.links if _is_drawn(link, layout)]
    return element(
        "svg",
        attributes,
        element("title", None, shortened(title, 160)),
        element("desc", None, words),
        element("g", {"class": "ring-links", "aria-hidden": "true"}, *lines),
        *(_node(node, layout, order[node.name], graph, shown) for node in nodes),
        element("g", {"class": "ring-labels", "aria-hidden": "true"}, *_labels(graph, layout, shown)),
    )


def ordered(graph: Graph, layout: Layout) -> list[Node]:
    """Return the nodes in the order in which the keyboard meets them: what is shared, the most shared first,
    then accounts by money, then the rest.
    """
    return sorted(
        graph.nodes,
        key=lambda node: (
            not node.is_shared,
            not node.is_account,
            node.name in layout.marks,
            -node.partners * node.is_shared,
            -node.size,
            node.name,
        ),
    )


def _is_drawn(link: Link, layout: Layout) -> bool:
    return link.thing in layout.places and link.account in layout.places and link.thing not in layout.marks


def _state(since: int, graph: Graph, shown: int) -> str:
    """Return the classes of what is there since a revision, in the one that is shown."""
    if since > shown:
        return " is-later"
    return " is-new" if since == shown and since > graph.revisions[0] else ""


def _line(link: Link, places: Mapping[str, Place], order: Mapping[str, int], graph: Graph, shown: int) -> Markup:
    one, other = places[link.account], places[link.thing]
    thick = 1 + (link.alerts > 1) + (link.alerts > 4)
    attributes: dict[str, object] = {
        "class": f"ring-link is-thick-{thick}{_state(link.since, graph, shown)}",
        "data-from": link.since,
        "data-ends": f"{order[link.account]} {order[link.thing]}",
        "x1": one.x, "y1": one.y, "x2": other.x, "y2": other.y,
    }  # fmt: skip
    return element("line", attributes)


def _node(node: Node, layout: Layout, number: int, graph: Graph, shown: int) -> Markup:
    place, is_mark = layout.places[node.name], node.name in layout.marks
    decision = node.decision or "unknown"
    classes = f"ring-node is-{decision}{' is-mark' if is_mark else ''}{_state(node.since, graph, shown)}"
    drawn = joined(shape(node.kind, place.radius), _inside(node, place.radius))
    moved = element("g", {"transform": f"translate({place.x:.1f} {place.y:.1f})"}, drawn)
    tip = element("title", None, told(node))
    if node.members > 1:
        return element("g", {"class": f"{classes} is-many", "data-from": node.since, "data-node": number}, tip, moved)
    kind, _, pseudonym = node.name.partition(":")
    attributes: dict[str, object] = {
        "class": classes,
        "href": f"/entities/{quote(kind[:40], safe='', errors='replace')}:{quote(pseudonym[:80], safe='', errors='replace')}",
        "aria-label": told(node),
        "data-from": node.since,
        "data-node": number,
        "tabindex": -1 if is_mark else None,
    }
    return element("a", attributes, tip, moved)


def _inside(node: Node, radius: float) -> Markup:
    """Return what is drawn on a shape: the sign of its kind, or how many are gathered in it."""
    if node.members > 1:
        return element("text", {"class": "ring-count", "y": 4}, f"+{node.members:,}")
    return sign(node.kind, radius) if radius >= _SIGN_FROM else Markup()


def _labels(graph: Graph, layout: Layout, shown: int) -> Iterator[Markup]:
    nodes = {node.name: node for node in graph.nodes}
    for label in layout.labels:
        its = f"{' is-sum' if shows_sum(nodes[label.name]) else ''}{' is-first' if label.is_first else ''}"
        rest = f"{its}{_LARGE.get(label.scale, '')}{_state(nodes[label.name].since, graph, shown)}"
        for number, line in enumerate(label.lines):
            counts = nodes[label.name].partners_in if number == _COUNT else ()
            attributes: dict[str, object] = {
                "class": f"ring-label is-{label.anchor}{' is-strong' if label.is_strong and number == 0 else ''}{rest}",
                "data-from": nodes[label.name].since,
                "data-counts": " ".join(map(str, counts)) or None,
                "x": label.x,
                "y": label.y + label.line * number,
            }
            yield element("text", attributes, counted(counts[graph.place_of(shown)], ACCOUNT) if counts else line)
