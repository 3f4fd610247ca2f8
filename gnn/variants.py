"""Ego-graphs with some inputs taken away, for asking a model why: many variants of few events, most of each unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.ego_graphs import EgoGraphs, Floats, Links

Table = tuple[str, int]
"""("event", 0), ("node", kind) or ("link", kind): one of the arrays of a batch."""
EVENT: Table = ("event", 0)

Rows = NDArray[np.intp]
_NOTHING: tuple[Rows, Rows] = (np.zeros(0, np.intp), np.zeros(0, np.intp))


@dataclass(frozen=True)
class Inputs:
    """Some columns of one table; those of a link table mean the columns of every link."""

    table: Table
    columns: NDArray[np.intp]

    def but(self, column: int) -> Inputs:
        return Inputs(self.table, self.columns[self.columns != column])


class Variants:
    """V variants of the B events of `base`. A model may compute once per event what a variant leaves as it is."""

    def __init__(self, base: EgoGraphs, rows: Rows, removed: Sequence[Sequence[Inputs]], usual: Mapping[Table, Floats]) -> None:
        """Variant v is event `rows[v]` with the columns of `removed[v]` set to `usual`, f4[F] of their table."""
        self.base, self.rows, self._usual = base, rows, usual
        found: dict[Table, tuple[list[int], list[Rows]]] = {}
        for variant, inputs in enumerate(removed):
            for one in inputs:
                variants, columns = found.setdefault(one.table, ([], []))
                variants.append(variant)
                columns.append(one.columns)
        self._removed: dict[Table, tuple[Rows, Rows]] = {
            table: (np.repeat(variants, [len(some) for some in columns]), np.concatenate(columns))
            for table, (variants, columns) in found.items()
        }
        """(variant, column) of every cell of a table that is taken away."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def kinds(self) -> range:
        return range(len(self.base.nodes))

    def changed(self, *tables: Table) -> Rows:
        """The variants, rising, in which one of these tables is not as in the event."""
        changed = np.zeros(len(self), np.bool_)
        for table in tables:
            changed[self._removed.get(table, _NOTHING)[0]] = True
        return np.flatnonzero(changed)

    def event(self, variants: Rows) -> Floats:
        """f4[C, Fe] of C of the variants."""
        return self._blanked(EVENT, self.base.event, variants)

    def node(self, kind: int, variants: Rows) -> Floats:
        """f4[C, Fn] of C of the variants."""
        return self._blanked(("node", kind), self.base.nodes[kind], variants)

    def links(self, kind: int, variants: Rows) -> Links:
        """The links of C of the variants, owners 0..C-1."""
        table = ("link", kind)
        links = self.base.links[kind].of(self.rows[variants])
        blank = np.zeros((len(variants), links.values.shape[1]), np.bool_)
        blank[self._blanks(table, variants)] = True
        return Links(np.where(blank[links.owner], self._usual[table], links.values), links.owner)

    def flat(self, variants: Rows) -> Floats:
        """The table of `EgoGraphs.flat` for C of the variants."""
        return np.concatenate([self.event(variants), *(self.node(kind, variants) for kind in self.kinds)], axis=1)

    def whole(self) -> EgoGraphs:
        """Every variant written out."""
        every = np.arange(len(self))
        nodes = tuple(self.node(kind, every) for kind in self.kinds)
        return EgoGraphs(self.event(every), nodes, tuple(self.links(kind, every) for kind in self.kinds))

    def with_changed(self, computed: NDArray[np.float64], changed: Rows) -> NDArray[np.float64]:
        """f8[V, ...] of what was computed of the B events and, after them, of the changed variants."""
        values = computed[self.rows]
        values[changed] = computed[len(self.base) :]
        return values

    def _blanked(self, table: Table, values: Floats, variants: Rows) -> Floats:
        copies: Floats = values[self.rows[variants]]
        places, columns = self._blanks(table, variants)
        copies[places, columns] = self._usual[table][columns]
        return copies

    def _blanks(self, table: Table, variants: Rows) -> tuple[Rows, Rows]:
        """(place among `variants`, column) of every cell that is taken away."""
        of, columns = self._removed.get(table, _NOTHING)
        place = np.full(len(self), -1)
        place[variants] = np.arange(len(variants))
        places = place[of]
        asked = places >= 0
        return places[asked], columns[asked]
