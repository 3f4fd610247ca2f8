"""Ego-graphs with some inputs taken away, for asking a model why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gnn.history.ego_graphs import EgoGraphs, Floats, Links

Table = tuple[str, int]
"""("event", 0), ("node", kind) or ("link", kind): one of the arrays of a batch."""
EVENT: Table = ("event", 0)


@dataclass(frozen=True)
class Inputs:
    """Some columns of one table; those of a link table mean the columns of every link."""

    table: Table
    columns: NDArray[np.intp]
    first: int
    """Place of the table's first column among those of all tables: event, nodes, links."""

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Of the columns among those of all tables."""
        return self.first + self.columns

    def but(self, column: int) -> Inputs:
        """Return these inputs without one column."""
        return Inputs(self.table, self.columns[self.columns != column], self.first)


def written_out(events: EgoGraphs, removed: Sequence[Sequence[Inputs]], usual: Mapping[Table, Floats]) -> EgoGraphs:
    """Return a copy of V events; in event v the columns of `removed[v]` are `usual`, f4[F] per table."""
    tables = {EVENT: events.event.copy(), **{("node", kind): node.copy() for kind, node in enumerate(events.nodes)}}
    links = {("link", kind): Links(found.values.copy(), found.owner) for kind, found in enumerate(events.links)}
    for variant, inputs in enumerate(removed):
        for one in inputs:
            if one.table in tables:
                tables[one.table][variant, one.columns] = usual[one.table][one.columns]
            else:
                values, owner = links[one.table].values, links[one.table].owner
                first, end = np.searchsorted(owner, (variant, variant + 1))
                values[first:end, one.columns] = usual[one.table][one.columns]
    return EgoGraphs(tables.pop(EVENT), tuple(tables.values()), tuple(links.values()))
