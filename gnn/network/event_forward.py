"""The graph network's forward pass for one event at a time, compiled: what `gnn.compiled.event_scorer`
calls.

The same formula as `torch_forward` and `batch_forward`, over the same weights, in float64; a test holds the
three together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features.row_layout import FeatureRow
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import f64
from gnn.network.architecture import CLIP, SLOPE

TINY = 1e-16  # as in PyG's softmax

Floats = NDArray[np.float64]
Weights = NDArray[np.float32]
KIND = np.dtype([(name, "i8") for name in ("node_at", "node_columns", "link_at", "link_columns")])
"""Where an entity kind's columns stand in an event's row (`domain.features.row_layout`), and how many there
are.
"""


def kinds_of(row: FeatureRow) -> NDArray[np.void]:
    """KIND[N]."""
    kinds = np.zeros(len(row.node_widths), KIND)
    for kind, values in zip(kinds, zip(row.node_at, row.node_widths, row.link_at, row.link_widths, strict=True), strict=True):
        kind["node_at"], kind["node_columns"], kind["link_at"], kind["link_columns"] = values
    return kinds


@dataclass(frozen=True)
class PackedNetwork:
    """All weights of a fitted `EgoGraphNetwork` one behind the other, in the order in which an event meets
    them; f4, as they are stored: half as much to fetch from the processor's caches, and the sums are f8 all
    the same.
    """

    weights: Weights
    hidden: int
    heads: int
    event: int
    """Columns of an event."""
    kinds: tuple[tuple[int, int], ...]
    """Per entity kind the columns of a node and of a link."""

    @classmethod
    def of(cls, state: Mapping[str, NDArray]) -> PackedNetwork:
        """`state`: `EgoGraphNetwork.state_dict` as arrays."""
        kinds = sum(name.startswith("entities.") and name.endswith(".attend.bias") for name in state)
        heads, channels = state["entities.0.attend.att"].shape[1:]
        widths = [tuple(len(state[f"entities.{kind}.{table}_scale.mean"]) for table in ("node", "link")) for kind in range(kinds)]
        weights = np.concatenate([np.asarray(part, np.float32).ravel() for part in _parts(state, kinds)])
        return cls(weights, heads * channels, heads, len(state["event_scale.mean"]), tuple((node, link) for node, link in widths))

    def wide(self, links: int) -> int:
        """The longest vector on the way of an event with at most so many links of a kind."""
        columns = (self.event, *(width for kind in self.kinds for width in kind))
        return max(*columns, (1 + len(self.kinds)) * self.hidden, 2 * self.hidden, links)


def _parts(state: Mapping[str, NDArray], kinds: int) -> Iterator[NDArray]:
    def standardised(name: str) -> Iterator[NDArray]:
        yield from (state[f"{name}.mean"], state[f"{name}.scale"])

    def dense(name: str) -> Iterator[NDArray]:
        yield from (state[f"{name}.weight"].T, state[f"{name}.bias"])

    yield from (*standardised("event_scale"), *dense("event.0"))
    for kind in range(kinds):
        of = f"entities.{kind}"
        yield from (*standardised(f"{of}.node_scale"), *dense(f"{of}.node.0"))
        yield from (*standardised(f"{of}.link_scale"), *dense(f"{of}.link.0"), *dense(f"{of}.attend.lin_l"))
        yield from (*dense(f"{of}.attend.lin_r"), state[f"{of}.attend.att"], state[f"{of}.attend.bias"], *dense(f"{of}.join.0"))
    yield from (*dense("head.0"), *dense("head.3"), *dense("logit"))


@compiled
def network_logit(row: Any, counts: Any, kinds: Any, weights: Weights, hidden: int, heads: int, scratch: Floats, wide: int) -> float:
    """The logit of one event: `row` f4[width] as `write_columns` leaves it, `counts` i8[N] of its links,
    `kinds` KIND[N].

    `scratch` f8[5 wide + K hidden] is written over.
    """
    vectors, sources = scratch[4 * wide : 5 * wide], scratch[5 * wide :]
    at = encode_event(row, kinds[0]["node_at"], weights, hidden, scratch, vectors)
    for position in range(len(kinds)):
        encode_links(row, kinds[position], counts[position], weights, at, hidden, scratch, wide, sources)
        vector = vectors[(1 + position) * hidden :]
        at = encode_entity(row, kinds[position], counts[position], weights, at, hidden, heads, sources, scratch, wide, vector)
    joined = scratch[: 2 * hidden]
    end = dense(vectors, (1 + len(kinds)) * hidden, weights, at, joined, 2 * hidden, False)
    return head_logit(joined, weights, end, hidden, scratch[wide:])


@compiled
def encode_event(row: Any, columns: int, weights: Weights, hidden: int, scratch: Floats, vector: Floats) -> int:
    """Write vector[:hidden] of the event's columns; returns where the weights of the first kind lie.
    `scratch` f8[wide].
    """
    at = standardise(row, columns, weights, 0, scratch)
    return dense(scratch, columns, weights, at, vector, hidden, True)


@compiled
def encode_links(
    row: Any, kind: Any, count: int, weights: Weights, at: int, hidden: int, scratch: Floats, wide: int, sources: Floats
) -> None:
    """Write what each link says, sources[count x hidden]; the kind's weights lie at `at`. `scratch` f8[2
    wide].
    """
    inputs, one, columns = scratch[:wide], scratch[wide:], kind["link_columns"]
    link_at = at + _node_weights(kind, hidden)
    source_at = link_at + 2 * columns + (columns + 1) * hidden
    for link in range(count):
        layer_at = standardise(row[kind["link_at"] + link * columns :], columns, weights, link_at, inputs)
        dense(inputs, columns, weights, layer_at, one, hidden, True)
        dense(one, hidden, weights, source_at, sources[link * hidden :], hidden, False)


@compiled
def encode_entity(
    row: Any, kind: Any, count: int, weights: Weights, at: int, hidden: int, heads: int, sources: Floats, scratch: Floats, wide: int,
    vector: Floats,
) -> int:  # fmt: skip
    """Write vector[:hidden] of an entity and its `sources`; returns where the weights of the next kind lie.
    `scratch` f8[4 wide].
    """
    inputs, entity, one, other = scratch[:wide], scratch[wide:], scratch[2 * wide :], scratch[3 * wide :]
    nodes, columns = kind["node_columns"], kind["link_columns"]
    layer_at = standardise(row[kind["node_at"] :], nodes, weights, at, inputs)
    dense(inputs, nodes, weights, layer_at, entity, hidden, True)
    at += _node_weights(kind, hidden) + 2 * columns + (columns + 1) * hidden + (hidden + 1) * hidden
    at = dense(entity, hidden, weights, at, one, hidden, False)
    entity[hidden : 2 * hidden] = weights[at + hidden : at + 2 * hidden]
    attend(entity[hidden:], one, sources, count, weights[at : at + hidden], heads, other)
    return dense(entity, 2 * hidden, weights, at + 2 * hidden, vector, hidden, True)


@compiled
def head_logit(joined: Floats, weights: Weights, at: int, hidden: int, scratch: Floats) -> float:
    """The logit of what the head's first layer, whose weights end at `at`, makes of the vectors. `joined`
    f8[2 hidden] is written over, `scratch` f8[hidden], too.
    """
    for column in range(2 * hidden):
        joined[column] = max(joined[column], 0.0)
    at = dense(joined, 2 * hidden, weights, at, scratch, hidden, True)
    logit = f64(weights[at + hidden])
    for index in range(hidden):
        logit += scratch[index] * weights[at + index]
    return logit


@compiled
def _node_weights(kind: Any, hidden: int) -> int:
    nodes: int = kind["node_columns"]
    return 2 * nodes + (nodes + 1) * hidden


@compiled
def standardise(x: Any, columns: int, weights: Weights, at: int, z: Floats) -> int:
    """Write the clipped deviations of x[:columns] from the means at `at`, scaled by what follows those;
    returns where that ends.
    """
    for column in range(columns):
        z[column] = min(max((f64(x[column]) - weights[at + column]) * weights[at + columns + column], -CLIP), CLIP)
    return at + 2 * columns


@compiled
def dense(x: Floats, size: int, weights: Weights, at: int, y: Floats, out: int, is_rectified: bool) -> int:
    """y[:out] = x[:size] W + b, no less than 0 if rectified; W [size, out] and b lie at `at`. Returns where
    they end.
    """
    end = at + size * out
    for column in range(out):
        y[column] = weights[end + column]
    add_product(x, size, weights, at, y, out)
    if is_rectified:
        for column in range(out):
            y[column] = max(y[column], 0.0)
    return end + out


@compiled
def add_product(x: Floats, size: int, weights: Weights, at: int, y: Floats, out: int) -> None:
    """Add x[:size] W to y[:out]; W [size, out] lies at `at`."""
    row = 0
    while row + 4 <= size:  # four rows at once: y is read and written a quarter as often
        a, b, c, d = x[row], x[row + 1], x[row + 2], x[row + 3]
        first, second = weights[at : at + out], weights[at + out : at + 2 * out]
        third, fourth = weights[at + 2 * out : at + 3 * out], weights[at + 3 * out : at + 4 * out]
        for column in range(out):
            y[column] += (a * first[column] + b * second[column]) + (c * third[column] + d * fourth[column])
        row, at = row + 4, at + 4 * out
    while row < size:
        for column in range(out):
            y[column] += x[row] * weights[at + column]
        row, at = row + 1, at + out


@compiled
def attend(out: Floats, target: Floats, sources: Floats, count: int, attention: Any, heads: int, score: Floats) -> None:
    """GATv2: add to `out` f8[hidden] the sources f8[count x hidden] weighed by the softmax of a .
    leaky_relu(source + target).

    `score` f8[count] is written over.
    """
    hidden = len(attention)
    channels = hidden // heads
    for head in range(heads):
        first, end, highest = head * channels, (head + 1) * channels, -np.inf
        for link in range(count):
            score[link] = 0.0
            for at in range(first, end):
                pair = target[at] + sources[link * hidden + at]
                score[link] += attention[at] * max(pair, SLOPE * pair)
            highest = max(highest, score[link])
        total = 0.0
        for link in range(count):
            score[link] = np.exp(score[link] - highest)
            total += score[link]
        for link in range(count):
            weight = score[link] / (total + TINY)
            for at in range(first, end):
                out[at] += weight * sources[link * hidden + at]
