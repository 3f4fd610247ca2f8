"""Graphs with more nodes than a picture can show: what matters least is gathered into few nodes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.incidents.money import yardstick
from ops.desk.ring_picture.graph import ACCOUNT, Graph, Link, Node

MOST = 300
"""Nodes of a picture, those that are drawn for several included."""
_GROUPS, _KINDS = 30, 10
"""Most of them that are accounts gathered at one thing each, and of other groups."""


def bounded(graph: Graph, most: int = MOST) -> Graph:
    """Return a graph of at most `most` nodes: shared things and the accounts with the most money stay as they
    are; others are gathered by what they share most, things that one account uses by kind.
    """
    if len(graph.nodes) <= most:
        return graph
    kept = {node.name for node in sorted(graph.nodes, key=_rank)[: most - _GROUPS - _KINDS]}
    groups = _groups(graph, kept)
    alone = {group for group, count in Counter(groups.values()).items() if count == 1}
    into = {name: group for name, group in groups.items() if group not in alone}
    members: dict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        members[into.get(node.name, node.name)].append(node)
    nodes = tuple(one[0] if len(one) == 1 else _gathered(name, one) for name, one in members.items())
    return replace(graph, nodes=nodes, links=_links(graph.links, into))


def _rank(node: Node) -> tuple[int, int, float, str]:
    """Return what puts the nodes that matter first: shared things, accounts, then what one account uses."""
    place = 0 if node.is_shared else 1 if node.is_account else 2
    return place, -node.partners if place == 0 else 0, -node.size, node.name


def _groups(graph: Graph, kept: set[str]) -> dict[str, str]:
    """Return the group of each node that is not kept: accounts go with the thing that they share most."""
    uses: dict[str, Counter[str]] = defaultdict(Counter)
    partners = {node.name: node.partners for node in graph.nodes if node.is_shared}
    for link in graph.links:
        if link.thing in kept and link.thing in partners:
            uses[link.account][link.thing] = partners[link.thing]
    groups = {node.name: _group(node, uses) for node in graph.nodes if node.name not in kept}
    largest = {group for group, _ in Counter(sorted(groups.values())).most_common(_GROUPS)}
    return {name: group if group in largest else f"{group.partition(':')[0]}:*" for name, group in groups.items()}


def _group(node: Node, uses: Mapping[str, Counter[str]]) -> str:
    if not node.is_account:
        return f"{node.kind}:*"
    found = min(uses[node.name].items(), key=lambda use: (-use[1], use[0]), default=("", 0)) if node.name in uses else ("", 0)
    return f"{ACCOUNT}:*{found[0]}"


def _gathered(name: str, nodes: Sequence[Node]) -> Node:
    """Return the node that is drawn for several of one kind."""
    money = Counter[str]()
    for node in nodes:
        money.update(dict(node.money))
    sums = tuple(sorted(money.items(), key=lambda one: (-yardstick(one[1], one[0]), one[0])))
    decision = next((word for word in (BLOCK, INVESTIGATE) if any(node.decision == word for node in nodes)), "")
    first = nodes[0]
    return Node(
        name, first.kind, min(node.since for node in nodes), decision, sum(node.alerts for node in nodes), sums,
        sum(node.size for node in nodes), members=len(nodes),
    )  # fmt: skip


def _links(links: Iterable[Link], into: Mapping[str, str]) -> tuple[Link, ...]:
    """Return the links between what is drawn; a gathered thing has none."""
    found: dict[tuple[str, str], Link] = {}
    for link in links:
        ends = into.get(link.account, link.account), into.get(link.thing, link.thing)
        if ends[1] != link.thing:
            continue
        known = found.get(ends, Link(*ends, link.since, 0))
        found[ends] = Link(*ends, min(known.since, link.since), known.alerts + link.alerts)
    return tuple(found[ends] for ends in sorted(found))
