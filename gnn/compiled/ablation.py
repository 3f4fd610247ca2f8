"""Logits of events with some inputs taken away, compiled: a variant computes only what it changes.

They are what a model says of those events written out (`gnn.scoring.ablated_inputs.written_out`): a test
holds the two together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.features.extractor import FeatureBatch
from domain.features.row_layout import FeatureRow
from domain.kernel.compiled import compiled, compiled_entry
from gnn.compiled.model import CompiledMargin
from gnn.network.compiled_forward import (
    Floats,
    GraphColumns,
    Room,
    add_product,
    dense,
    encode,
    encode_entity,
    encode_event,
    encode_links,
    head_logit,
    room_for,
)  # fmt: skip
from gnn.network.compiled_network import Network

Rows = NDArray[np.float32]
Places = NDArray[np.int64]


class Columns(NamedTuple):
    """The columns that places number: event | node of kind 0 | ... | a link of kind 0 | ...; C in all."""

    usual: Rows
    """f4[C]: what is put where an input is taken away."""
    table: Places
    """i8[C]: which of the tables event, node of kind 0, ..., link of kind 0, ... a column belongs to."""
    first: Places
    """The place of each table's first column."""


class Variants(NamedTuple):
    """Variant v is event `events[v]` without `places[ends[v] : ends[v + 1]]`."""

    events: Places
    ends: Places
    places: Places


class CompiledVariants:
    """The variants of events of one graph for one model."""

    def __init__(self, row: FeatureRow, logit: CompiledMargin, usual: Rows) -> None:
        """Take `usual` f4[C], see `Columns`."""
        self._logit = logit
        widths = (row.event_width, *row.node_widths, *row.link_widths)
        self._columns = Columns(usual, np.repeat(np.arange(len(widths)), widths), np.cumsum([0, *widths]))
        self._most = row.graph.links
        self._link_at = np.array(row.link_at, np.int64)
        self._network = None if logit.network is None else logit.network.network(self._most)

    def logits(self, batch: FeatureBatch, events: Places, removed: list[Places]) -> Floats:
        """Return f8[V]: the logits of events `events[v]` without the places `removed[v]`.

        Variants of one event belong side by side, or cost more.
        """
        network, trees = np.zeros(len(events)), np.zeros(len(events))
        places = np.concatenate(removed) if removed else np.zeros(0, np.int64)
        variants = Variants(events, np.cumsum([0, *map(len, removed)]), places)
        if self._network is not None:
            rows = np.concatenate([batch.flat(), *(entity.links.reshape(len(batch), -1) for entity in batch.entities)], axis=1)
            counts = np.stack([entity.mask.sum(axis=1) for entity in batch.entities], axis=1)
            network = _network_logits(GraphColumns(rows, rows, self._link_at, counts), variants, self._columns, self._network, self._most)
        if self._logit.trees is not None:
            table, of_variant = _seen_by_trees(batch.flat(), variants, self._columns.usual)
            trees = self._logit.trees.margins(table).astype(np.float64)[of_variant]
        logits: Floats = self._logit.of(network, trees)
        return logits


@compiled_entry
def _network_logits(batch: GraphColumns, variants: Variants, columns: Columns, net: Network, most: int) -> Floats:
    """Return f8[V]. `batch` has rows f4[B, width] with all links in them, and counts i8[B, K]."""
    found, number = np.empty(len(variants.events)), len(net.kinds)
    whole, other, base, joined = room_for(net, most), room_for(net, most), np.empty(2 * net.hidden), np.empty(2 * net.hidden)
    changed, row = np.zeros(1 + 2 * number, np.bool_), batch.row[0].copy()
    for variant in range(len(found)):
        index = variants.events[variant]
        event = GraphColumns(row, row, batch.link_at, batch.counts[index])
        if variant == 0 or index != variants.events[variant - 1]:
            row[:] = batch.row[index]
            encode(event, net, whole)
            dense(whole.vectors, len(whole.vectors), net.weights, net.head, base, len(base), False)
        changed[:] = False
        for place in variants.places[variants.ends[variant] : variants.ends[variant + 1]]:
            changed[columns.table[place]] |= _take_away(event, place, columns, net)
        joined[:] = base
        _add_changes(event, changed, net, whole, other, joined)
        found[variant] = head_logit(joined, net, whole.scratch)
        if changed.any():
            row[:] = batch.row[index]
    return found


@compiled
def _add_changes(event: GraphColumns, changed: NDArray[np.bool_], net: Network, whole: Room, other: Room, joined: Floats) -> None:
    """Add to `joined` what the tables that are `changed` do to the head's first layer.

    It is linear: only the difference of a vector to that of the `whole` event goes through it.
    """
    hidden, kinds = net.hidden, len(net.kinds)
    vector, links = other.vectors, other.sources[0]
    for part in range(1 + kinds):
        has_other_links = part > 0 and changed[kinds + part]
        if not changed[part] and not has_other_links:
            continue
        if part == 0:
            encode_event(event, net, whole.scratch, vector)
        else:
            if has_other_links:
                encode_links(event, part - 1, net, whole.scratch, links)
            encode_entity(event, part - 1, net, links if has_other_links else whole.sources[part - 1], whole.scratch, vector)
        for index in range(hidden):
            vector[index] -= whole.vectors[part * hidden + index]
        add_product(vector, hidden, net.weights, net.head + part * hidden * 2 * hidden, joined, 2 * hidden)


@compiled
def _take_away(event: GraphColumns, place: int, columns: Columns, net: Network) -> bool:
    """Put what is usual in a place of the row; return whether that changes it."""
    usual, table, row, is_changed = columns.usual[place], columns.table[place], event.row, False
    position = table - 1 - len(net.kinds)
    if position < 0:
        is_changed = row[place] != usual
        row[place] = usual
    else:
        at = event.link_at[position] + place - columns.first[table]
        for link in range(event.counts[position]):
            column = at + link * net.kinds[position]["links"]
            is_changed |= row[column] != usual
            row[column] = usual
    return is_changed


@compiled_entry
def _seen_by_trees(flat: Rows, variants: Variants, usual: Rows) -> tuple[Rows, Places]:
    """Return the rows that trees must score, and which row is a variant's.

    The rows are the events' f4[B, F], and after them those of the variants that differ in these columns.
    """
    events, ends, places = variants.events, variants.ends, variants.places
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
