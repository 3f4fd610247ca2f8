"""The graph that a picture shows: accounts, the things that they use, and links between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Node:
    """An entity, or several that are drawn as one."""

    name: str
    """As `device:9c41a2b3c4d5e6f7`."""
    kind: str
    since: int
    """The first revision that shows it."""
    decision: str = ""
    """The gravest of its alerts: block or investigate; empty where no alert is stored."""
    alerts: int = 0
    money: tuple[tuple[str, int], ...] = ()
    """(currency, ten-thousandths) of its flagged events, the largest sum first."""
    size: float = 0.0
    """Its money on the yardstick of severities: what nodes are compared by."""
    partners: int = 0
    """Of a thing: accounts that use it. Of an account: things that it uses."""
    partners_in: tuple[int, ...] = ()
    """The same in each revision."""
    members: int = 1
    """Entities that it is drawn for."""

    @property
    def is_account(self) -> bool:
        """Whether it is an account, or several."""
        return self.kind == ACCOUNT

    @property
    def is_shared(self) -> bool:
        """Whether it is a thing that connects accounts."""
        return not self.is_account and self.partners > 1


@dataclass(frozen=True, slots=True)
class Link:
    """An account and a thing that are in one event."""

    account: str
    thing: str
    since: int
    alerts: int = 1


@dataclass(frozen=True, slots=True)
class Graph:
    """What is known of an incident: nodes and links in a fixed order."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    revisions: tuple[int, ...] = (1,)
    unnamed: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Kind -> participants that the newest revision counts and does not name."""
    is_exact: bool = True
    """Whether the counts of participants are no lower bounds."""

    @property
    def last(self) -> int:
        """The newest revision."""
        return self.revisions[-1]

    def at(self, revision: int) -> Graph:
        """Return what a revision had. Decisions and money of then are not known: nodes have those of now."""
        if revision >= self.last:
            return self
        links = tuple(link for link in self.links if link.since <= revision)
        place = self.place_of(revision)
        nodes = tuple(replace(node, partners=node.partners_in[place]) for node in self.nodes if node.since <= revision)
        return Graph(nodes, links, self.revisions[: place + 1])

    def place_of(self, revision: int) -> int:
        """Return which of the revisions it is, from 0; where none has its number the last before it."""
        return max(0, bisect_right(self.revisions, revision) - 1)
