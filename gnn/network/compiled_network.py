"""A fitted network as one array of weights and the places of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]
_LAYERS = ("node", "link", "source", "target", "attention", "join")
KIND = np.dtype([(name, "i8") for name in ("node_at", "nodes", "links", *_LAYERS)])
"""One entity kind: where its node's columns begin in an event's row, how many columns a node and a link
have, and where the weights of each layer begin.
"""


class Network(NamedTuple):
    """A network as compiled functions take it: K kinds, `hidden` numbers per vector."""

    weights: Weights
    kinds: NDArray[np.void]
    """KIND[K]."""
    head: int
    """Where the weights of the head begin."""
    hidden: int
    heads: int
    wide: int
    """The longest vector on the way of an event."""


@dataclass(frozen=True)
class CompiledNetwork:
    """All weights of a fitted `EgoGraphNetwork` in one array, in the order in which an event meets them.

    They are f4, as they are stored: half as much to fetch from the processor's caches. Sums are f8.
    """

    weights: Weights
    hidden: int
    heads: int
    event: int
    """Columns of an event."""
    kinds: tuple[tuple[int, int], ...]
    """Per entity kind the columns of a node and of a link."""

    @classmethod
    def of(cls, state: Mapping[str, NDArray]) -> CompiledNetwork:
        """Pack `EgoGraphNetwork.state_dict`, given as arrays."""
        kinds = sum(name.startswith("entities.") and name.endswith(".attend.bias") for name in state)
        heads, channels = state["entities.0.attend.att"].shape[1:]
        widths = [tuple(len(state[f"entities.{kind}.{table}_scale.mean"]) for table in ("node", "link")) for kind in range(kinds)]
        weights = np.concatenate([np.asarray(part, np.float32).ravel() for part in _parts(state, kinds)])
        return cls(weights, heads * channels, heads, len(state["event_scale.mean"]), tuple((node, link) for node, link in widths))

    def network(self, links: int) -> Network:
        """Return the form for compiled functions; an event has at most so many links of a kind."""
        kinds, at = np.zeros(len(self.kinds), KIND), _standardised(self.event, self.hidden)
        node_at = accumulate((nodes for nodes, _ in self.kinds), initial=self.event)
        for kind, first, (nodes, columns) in zip(kinds, node_at, self.kinds, strict=False):
            kind["node_at"], kind["nodes"], kind["links"] = first, nodes, columns
            for layer, size in zip(_LAYERS, self._sizes(nodes, columns), strict=True):
                kind[layer], at = at, at + size
        return Network(self.weights, kinds, at, self.hidden, self.heads, self._wide(links))

    def _sizes(self, nodes: int, links: int) -> tuple[int, ...]:
        """Return how many weights each of `_LAYERS` has; the attention's bias lies with it."""
        hidden = self.hidden
        square = (hidden + 1) * hidden
        return (_standardised(nodes, hidden), _standardised(links, hidden), square, square, 2 * hidden, (2 * hidden + 1) * hidden)

    def _wide(self, links: int) -> int:
        columns = (self.event, *(width for kind in self.kinds for width in kind))
        return max(*columns, (1 + len(self.kinds)) * self.hidden, 2 * self.hidden, links)


def _standardised(columns: int, hidden: int) -> int:
    """Return how many weights a first layer has: means, scales, weights, biases."""
    return 2 * columns + (columns + 1) * hidden


def _parts(state: Mapping[str, NDArray], kinds: int) -> Iterator[NDArray]:
    def standardised(scale: str, layer: str) -> Iterator[NDArray]:
        yield from (state[f"{scale}.mean"], state[f"{scale}.scale"], *dense(layer))

    def dense(name: str) -> Iterator[NDArray]:
        yield from (state[f"{name}.weight"].T, state[f"{name}.bias"])

    yield from standardised("event_scale", "event.0")
    for kind in range(kinds):
        of = f"entities.{kind}"
        yield from (*standardised(f"{of}.node_scale", f"{of}.node.0"), *standardised(f"{of}.link_scale", f"{of}.link.0"))
        yield from (*dense(f"{of}.attend.lin_l"), *dense(f"{of}.attend.lin_r"))
        yield from (state[f"{of}.attend.att"], state[f"{of}.attend.bias"], *dense(f"{of}.join.0"))
    yield from (*dense("head.0"), *dense("head.3"), *dense("logit"))
