"""Logits of events with some inputs taken away, compiled: of some sixty variants of an event each computes
only what it changes.

The same as a model says of those events written out (`gnn.scoring.ablated_inputs.written_out`); a test holds
the two together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features.extractor import FeatureBatch
from domain.features.row_layout import FeatureRow
from domain.kernel.compiled import compiled, compiled_entry
from gnn.compiled.model import PackedMargin
from gnn.network.event_forward import add_product, dense, encode_entity, encode_event, encode_links, head_logit, kinds_of

Rows = NDArray[np.float32]
Places = NDArray[np.int64]


class PackedVariants:
    """Of one model and one graph. A place is that of a column: event | node of kind 0 | ... | a link of kind
    0 | ...; C in all.
    """

    def __init__(self, row: FeatureRow, logit: PackedMargin, usual: NDArray[np.float32]) -> None:
        """`usual` f4[C]: what is put where an input is taken away."""
        self._row, self._logit, self._usual = row, logit, usual
        self._kinds = kinds_of(row)
        widths = (row.event_width, *row.node_widths, *row.link_widths)
        self._first = np.cumsum([0, *widths])
        self._table = np.repeat(np.arange(len(widths)), widths)

    def logits(self, batch: FeatureBatch, events: Places, removed: list[Places]) -> NDArray[np.float64]:
        """f8[V]: of event `events[v]` without the places `removed[v]`. Variants of one event stand side by
        side, or cost more.
        """
        logit, found = self._logit, np.full(len(events), self._logit.intercept)
        ends = np.cumsum([0, *map(len, removed)])
        places = np.concatenate(removed) if removed else np.zeros(0, np.int64)
        if logit.network is not None and logit.network_share:
            rows = np.concatenate([batch.flat(), *(entity.links.reshape(len(batch), -1) for entity in batch.entities)], axis=1)
            counts = np.stack([entity.mask.sum(axis=1) for entity in batch.entities], axis=1)
            network, wide = logit.network, logit.network.wide(self._row.graph.links)
            found += logit.network_share * _network_logits(
                rows, counts, events, ends, places, self._usual, self._table, self._first, self._kinds,
                network.weights, network.hidden, network.heads, wide,
            )  # fmt: skip
        if logit.trees is not None and logit.trees_share:
            table, of_variant = _seen_by_trees(batch.flat(), events, ends, places, self._usual)
            found += logit.trees_share * logit.trees.margins(table).astype(np.float64)[of_variant]
        return found


@compiled_entry
def _network_logits(
    rows: Rows, counts: Places, events: Places, ends: Places, places: Places, usual: Rows, tables: Places, first: Places, kinds: Any,
    weights: NDArray[np.float32], hidden: int, heads: int, wide: int,
) -> NDArray[np.float64]:  # fmt: skip
    """f8[V] of the network. Variant v is without `places[ends[v] : ends[v + 1]]`; `tables` i8[C] and where
    each begins, `first`.
    """
    found, scratch, number = np.empty(len(events)), np.empty(4 * wide), len(kinds)
    most = counts.max() * hidden
    sources, others = np.empty((number, most)), np.empty(most)
    vectors, vector, base, joined = np.empty((1 + number) * hidden), np.empty(hidden), np.empty(2 * hidden), np.empty(2 * hidden)
    changed, at = np.zeros(1 + 2 * number, np.bool_), np.zeros(2 + number, np.int64)
    row = rows[0].copy()
    for variant in range(len(events)):
        event = events[variant]
        count = counts[event]
        if variant == 0 or event != events[variant - 1]:
            row[:] = rows[event]
            at[0] = encode_event(row, kinds[0]["node_at"], weights, hidden, scratch, vectors)
            for position in range(number):
                kind, links, where = kinds[position], sources[position], at[position]
                encode_links(row, kind, count[position], weights, where, hidden, scratch, wide, links)
                own = vectors[(1 + position) * hidden :]
                at[position + 1] = encode_entity(row, kind, count[position], weights, where, hidden, heads, links, scratch, wide, own)
            at[number + 1] = dense(vectors, (1 + number) * hidden, weights, at[number], base, 2 * hidden, False)
        changed[:] = False
        for place in places[ends[variant] : ends[variant + 1]]:
            changed[tables[place]] |= _take_away(row, place, tables[place], first, kinds, count, usual)
        joined[:] = base
        # the head's first layer is linear: only the difference of a vector goes through it
        for part in range(1 + number):
            if part == 0:
                if not changed[0]:
                    continue
                encode_event(row, kinds[0]["node_at"], weights, hidden, scratch, vector)
            else:
                kind, links, where = kinds[part - 1], sources[part - 1], at[part - 1]
                if not changed[part] and not changed[number + part]:
                    continue
                if changed[number + part]:
                    links = others
                    encode_links(row, kind, count[part - 1], weights, where, hidden, scratch, wide, links)
                encode_entity(row, kind, count[part - 1], weights, where, hidden, heads, links, scratch, wide, vector)
            for index in range(hidden):
                vector[index] -= vectors[part * hidden + index]
            add_product(vector, hidden, weights, at[number] + part * hidden * 2 * hidden, joined, 2 * hidden)
        found[variant] = head_logit(joined, weights, at[number + 1], hidden, scratch)
        if changed.any():
            row[:] = rows[event]
    return found


@compiled
def _take_away(row: Any, place: int, table: int, first: Places, kinds: Any, count: Places, usual: Rows) -> bool:
    """Whether this changes the row: many inputs are what is usual."""
    position, is_changed = table - 1 - len(kinds), False
    if position < 0:
        is_changed = row[place] != usual[place]
        row[place] = usual[place]
    else:
        at = kinds[position]["link_at"] + place - first[table]
        for link in range(count[position]):
            column = at + link * kinds[position]["link_columns"]
            is_changed |= row[column] != usual[place]
            row[column] = usual[place]
    return is_changed


@compiled_entry
def _seen_by_trees(flat: Rows, events: Places, ends: Places, places: Places, usual: Rows) -> tuple[Rows, Places]:
    """(the events' rows f4[B, F], and after them those of the variants that differ in these columns; which
    row is a variant's).
    """
    of_variant, size, columns = np.empty(len(events), np.int64), len(flat), flat.shape[1]
    for variant in range(len(events)):
        of_variant[variant] = events[variant]
        for place in places[ends[variant] : ends[variant + 1]]:
            if place < columns and flat[events[variant], place] != usual[place]:
                of_variant[variant] = size
                size += 1
                break
    table = np.empty((size, columns), np.float32)
    table[: len(flat)] = flat
    for variant in range(len(events)):
        row = of_variant[variant]
        if row < len(flat):
            continue
        table[row] = flat[events[variant]]
        for place in places[ends[variant] : ends[variant + 1]]:
            if place < columns:
                table[row, place] = usual[place]
    return table, of_variant
