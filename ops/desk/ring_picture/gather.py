"""From the documents of an incident to its graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.incidents.money import yardstick
from ops.desk.ring_picture.events import Seen, events_of
from ops.desk.ring_picture.graph import ACCOUNT, Graph, Link, Node
from ops.terminal.shown_values import items, mapping

_GRAVITY = (INVESTIGATE, BLOCK)
_LISTED = 10_000


def graph_of(revisions: Sequence[Mapping[str, Any]], alerts: Iterable[Mapping[str, Any]]) -> Graph:
    """Return the graph of an incident from the documents of its revisions, in any order, and of its alerts.

    An event links its account to each other entity that it names; an event without one links them to the
    first. A revision lists participants without saying who met whom: one that no stored event names is a
    node without links.
    """
    documents = sorted(revisions, key=_number)
    numbers = tuple(dict.fromkeys(map(_number, documents))) or (1,)
    return _Gathering(documents, numbers).graph(events_of(documents, alerts))


class _Gathering:
    """Nodes and links of one incident while its events are read."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], numbers: tuple[int, ...]) -> None:
        self._numbers, self._newest = numbers, documents[-1] if documents else {}
        self._listed = [(_number(document), _last_time(document), set(_participants(document))) for document in documents]
        self._since: dict[str, int] = {}
        self._links: dict[tuple[str, str], list[int]] = {}  # account and thing -> [since, alerts]
        self._decision: dict[str, int] = {}
        self._alerts: Counter[str] = Counter()
        self._money: dict[str, Counter[str]] = {}

    def graph(self, events: Iterable[Seen]) -> Graph:
        for number, _, names in self._listed:
            for name in sorted(names):
                self._since.setdefault(name, number)
        for event in events:
            self._add(event)
        links = tuple(Link(*ends, *counts) for ends, counts in sorted(self._links.items()))
        nodes = tuple(self._node(name, partners) for name, partners in self._partners().items())
        return Graph(nodes, links, self._numbers, self._unnamed(), self._is_exact())

    def _add(self, event: Seen) -> None:
        names = sorted((f"{kind}:{pseudonym}" for kind, pseudonym in event.entities.items()), key=_order)
        since = self._revision_of(event.time_ms, names)
        for name in names:
            self._since[name] = min(since, self._since.get(name, since))
            self._alerts[name] += 1
            if event.decision in _GRAVITY:
                self._decision[name] = max(_GRAVITY.index(event.decision), self._decision.get(name, 0))
            if event.units:
                self._money.setdefault(name, Counter())[event.currency] += event.units
        for thing in names[1:]:
            link = self._links.setdefault((names[0], thing), [since, 0])
            link[0], link[1] = min(link[0], since), link[1] + 1

    def _revision_of(self, time_ms: int, names: Sequence[str]) -> int:
        """Return the first revision that had the event: it ends no earlier and lists the event's entities.

        Where a list is full and lacks some, the time alone says it.
        """
        timely = [(number, names_of) for number, last_ms, names_of in self._listed if time_ms <= last_ms]
        listing = (number for number, names_of in timely if names_of.issuperset(names))
        return next(listing, timely[0][0] if timely else self._numbers[-1])

    def _partners(self) -> dict[str, tuple[int, ...]]:
        """Return the nodes in their order, each with how many partners it had in each revision."""
        since: dict[str, list[int]] = {name: [] for name in sorted(self._since, key=_order)}
        for ends, (first, _) in self._links.items():
            for end in ends:
                since[end].append(first)
        return {name: tuple(sum(first <= number for first in its) for number in self._numbers) for name, its in since.items()}

    def _node(self, name: str, partners: tuple[int, ...]) -> Node:
        kind = name.partition(":")[0]
        decision = _GRAVITY[self._decision[name]] if name in self._decision else ""
        sums = sorted(self._money.get(name, Counter()).items(), key=lambda one: (-yardstick(one[1], one[0]), one[0]))
        size = sum(yardstick(units, currency) for currency, units in sums)
        return Node(name, kind, self._since[name], decision, self._alerts[name], tuple(sums), size, partners[-1], partners)

    def _unnamed(self) -> dict[str, int]:
        named = Counter(name.partition(":")[0] for name in self._since)
        counts = {str(kind): _whole(mapping(of).get("count"), 0) for kind, of in mapping(self._newest.get("participants")).items()}
        return {kind: count - named[kind] for kind, count in sorted(counts.items()) if count > named[kind]}

    def _is_exact(self) -> bool:
        return all(mapping(of).get("exact", True) is True for of in mapping(self._newest.get("participants")).values())


def _participants(document: Mapping[str, Any]) -> Iterable[str]:
    for kind, of_kind in mapping(document.get("participants")).items():
        yield from (f"{kind}:{pseudonym}" for pseudonym in items(mapping(of_kind).get("pseudonyms"), _LISTED))
    for event in map(mapping, items(document.get("events"), _LISTED)):  # of a wave
        if event.get("account"):
            yield f"{ACCOUNT}:{event['account']}"


def _order(name: str) -> tuple[bool, str]:
    """Return what puts accounts first."""
    return not name.startswith(f"{ACCOUNT}:"), name


def _number(document: Mapping[str, Any]) -> int:
    return _whole(document.get("revision"), 1)


def _last_time(document: Mapping[str, Any]) -> int:
    return _whole(document.get("last_time"), 0)


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
