"""The graph network's forward pass, compiled, one event after another.

The formula of `gnn.network.torch_forward` over the same weights, with sums in float64: a test holds the two
together.
With hidden size H and the vectors e of the event, n of an entity's node and l of each of its links:

    layer(x)   = relu(clip((x - mean) * scale, -CLIP, CLIP) W + b)
    source     = layer(l) W + b                      what a link says
    target     = n W + b                             what the entity asks
    heard      = bias + sum over links of softmax(a . leaky_relu(source + target)) source    (GATv2)
    entity     = relu((n | heard) W + b)             f8[H]
    logit      = relu(relu((e | entity of each kind) W + b) W + b) W + b
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled, compiled_entry
from domain.kernel.raw_bytes import f64
from gnn.history.ego_graphs import EgoGraphs
from gnn.network.architecture import CLIP, SLOPE
from gnn.network.compiled_network import CompiledNetwork, Network, Weights

TINY = 1e-16  # as in PyG's softmax

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class GraphColumns(NamedTuple):
    """The columns of one event, or of a batch with one axis more.

    `row` f4[>= F] of event and nodes; `links` f4[...]; `link_at` i8[K], where in it each kind's links begin;
    `counts` i8[K] of links.
    """

    row: Any
    links: Any
    link_at: Any
    counts: Any


class Room(NamedTuple):
    """Arrays to write over: `scratch` f8[4 wide], `vectors` f8[(1 + K) H], `sources` f8[K, links x H]."""

    scratch: Floats
    vectors: Floats
    sources: Floats


def batch_logits(compiled: CompiledNetwork, graphs: EgoGraphs) -> Floats:
    """Return the logits f8[B] of B events."""
    counts = [np.bincount(links.owner, minlength=len(graphs)) for links in graphs.links]
    links = np.concatenate([kind.values.ravel() for kind in graphs.links])
    starts, at = [], 0
    for count, kind in zip(counts, graphs.links, strict=True):
        width = kind.values.shape[1]
        starts.append(at + width * (np.cumsum(count) - count))
        at += kind.values.size
    most = int(max((count.max(initial=0) for count in counts), default=0))
    batch = GraphColumns(graphs.flat(), links, np.stack(starts, axis=1), np.stack(counts, axis=1))
    return _logits(batch, compiled.network(most), most)


@compiled_entry
def _logits(batch: GraphColumns, net: Network, most: int) -> Floats:
    logits, room = np.empty(len(batch.row)), room_for(net, most)
    for index in range(len(logits)):
        event = GraphColumns(batch.row[index], batch.links, batch.link_at[index], batch.counts[index])
        logits[index] = network_logit(event, net, room)
    return logits


@compiled
def room_for(net: Network, most: int) -> Room:
    """Return room for events with at most so many links of a kind."""
    kinds = len(net.kinds)
    return Room(np.empty(4 * net.wide), np.empty((1 + kinds) * net.hidden), np.empty((kinds, most * net.hidden)))


@compiled
def network_logit(event: GraphColumns, net: Network, room: Room) -> float:
    """Return the logit of one event."""
    encode(event, net, room)
    joined = room.scratch[: 2 * net.hidden]
    dense(room.vectors, len(room.vectors), net.weights, net.head, joined, 2 * net.hidden, False)
    return head_logit(joined, net, room.scratch[net.wide :])


@compiled
def encode(event: GraphColumns, net: Network, room: Room) -> None:
    """Write `room.vectors`, the event's and then each entity's, and `room.sources`."""
    encode_event(event, net, room.scratch, room.vectors)
    for kind in range(len(net.kinds)):
        encode_links(event, kind, net, room.scratch, room.sources[kind])
        encode_entity(event, kind, net, room.sources[kind], room.scratch, room.vectors[(1 + kind) * net.hidden :])


@compiled
def encode_event(event: GraphColumns, net: Network, scratch: Floats, vector: Floats) -> None:
    """Write vector[:H] of the event's columns."""
    columns = net.kinds[0]["node_at"]
    at = standardise(event.row, columns, net.weights, 0, scratch)
    dense(scratch, columns, net.weights, at, vector, net.hidden, True)


@compiled
def encode_links(event: GraphColumns, position: int, net: Network, scratch: Floats, sources: Floats) -> None:
    """Write what each link of a kind says, sources[count x H]."""
    kind, hidden, weights = net.kinds[position], net.hidden, net.weights
    inputs, one, columns, first = scratch[: net.wide], scratch[net.wide :], kind["links"], event.link_at[position]
    for link in range(event.counts[position]):
        layer_at = standardise(event.links[first + link * columns :], columns, weights, kind["link"], inputs)
        dense(inputs, columns, weights, layer_at, one, hidden, True)
        dense(one, hidden, weights, kind["source"], sources[link * hidden :], hidden, False)


@compiled
def encode_entity(event: GraphColumns, position: int, net: Network, sources: Floats, scratch: Floats, vector: Floats) -> None:
    """Write vector[:H] of the entity of a kind, whose links say `sources`."""
    kind, hidden, wide, weights = net.kinds[position], net.hidden, net.wide, net.weights
    inputs, entity, target, score = scratch[:wide], scratch[wide:], scratch[2 * wide :], scratch[3 * wide :]
    layer_at = standardise(event.row[kind["node_at"] :], kind["nodes"], weights, kind["node"], inputs)
    dense(inputs, kind["nodes"], weights, layer_at, entity, hidden, True)
    dense(entity, hidden, weights, kind["target"], target, hidden, False)
    attention_at = kind["attention"]
    entity[hidden : 2 * hidden] = weights[attention_at + hidden : attention_at + 2 * hidden]
    attention = weights[attention_at : attention_at + hidden]
    attend(entity[hidden:], target, sources, event.counts[position], attention, net.heads, score)
    dense(entity, 2 * hidden, weights, kind["join"], vector, hidden, True)


@compiled
def head_logit(joined: Floats, net: Network, scratch: Floats) -> float:
    """Return the logit of `joined` f8[2 H]: the output of the head's first layer, before its ReLU.

    `joined` and `scratch` f8[H] are written over.
    """
    hidden, weights = net.hidden, net.weights
    for column in range(2 * hidden):
        joined[column] = max(joined[column], 0.0)
    at = net.head + ((1 + len(net.kinds)) * hidden + 1) * 2 * hidden
    at = dense(joined, 2 * hidden, weights, at, scratch, hidden, True)
    logit = f64(weights[at + hidden])
    for index in range(hidden):
        logit += scratch[index] * weights[at + index]
    return logit


@compiled
def standardise(x: Any, columns: int, weights: Weights, at: int, z: Floats) -> int:
    """Write z[:columns] = clip((x - mean) * scale); means and scales lie at `at`. Return where they end."""
    for column in range(columns):
        z[column] = min(max((f64(x[column]) - weights[at + column]) * weights[at + columns + column], -CLIP), CLIP)
    return at + 2 * columns


@compiled
def dense(x: Floats, size: int, weights: Weights, at: int, y: Floats, out: int, is_rectified: bool) -> int:
    """Write y[:out] = x[:size] W + b, at least 0 if rectified, and return where the weights end.

    W [size, out] and b lie at `at`.
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
    """Add to out[:H] what an entity hears of its links: GATv2 (Brody, Alon, Yahav, ICLR 2022), per head

        alpha = softmax over links j of a . leaky_relu(source_j + target)
        out += sum over links j of alpha_j source_j

    Shapes: `target` f8[H], `sources` f8[count x H], `attention` a [H], heads side by side. `score`
    f8[count] is written over.
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
