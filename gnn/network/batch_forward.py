"""The network's forward pass for scoring, in numpy: a third of the time of torch and its modules for a small
batch: docs/performance.md.

The same formula as `gnn.network.torch_forward`, over the same weights, in float64; a test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from domain.kernel.compiled import compiled_entry
from gnn.history.ego_graphs import EgoGraphs, Links
from gnn.network.architecture import CLIP
from gnn.network.event_forward import attend

Floats = NDArray[np.float64]


class Dense:
    """ReLU(x W + b)."""

    def __init__(self, weight: Floats, bias: Floats) -> None:
        self._weight, self._bias = np.ascontiguousarray(weight.T), bias

    def __call__(self, x: Floats) -> Floats:
        y: Floats = x @ self._weight
        y += self._bias
        return np.maximum(y, 0.0, out=y)


class Standardised:
    """A first layer, over inputs that are standardised and clipped."""

    def __init__(self, mean: Floats, scale: Floats, layer: Dense) -> None:
        self._mean, self._scale, self._layer = mean, scale, layer

    def __call__(self, x: NDArray[np.float32]) -> Floats:
        z = x - self._mean
        z *= self._scale
        return self._layer(np.clip(z, -CLIP, CLIP, out=z))


class Encoder:
    """One entity kind: node f4[B, Fn] and its links -> f8[B, hidden], see
    `gnn.network.torch_forward.EntityEncoder`.
    """

    def __init__(self, weights: _Weights, prefix: str) -> None:
        self._node = weights.standardised(f"{prefix}.node_scale", f"{prefix}.node.0")
        self._link = weights.standardised(f"{prefix}.link_scale", f"{prefix}.link.0")
        self._source, self._source_bias = weights.linear(f"{prefix}.attend.lin_l")
        self._target, self._target_bias = weights.linear(f"{prefix}.attend.lin_r")
        self._attention = weights[f"{prefix}.attend.att"][0]  # [heads, channels]
        self._bias = weights[f"{prefix}.attend.bias"]
        self._join = weights.dense(f"{prefix}.join.0")

    def __call__(self, node: NDArray[np.float32], links: Links) -> Floats:
        return self.join(node, self.sources(links.values), links.owner)

    def sources(self, links: NDArray[np.float32]) -> Floats:
        """f8[L, hidden]: what the links say, whoever asks."""
        source: Floats = self._link(links) @ self._source
        source += self._source_bias
        return source

    def join(self, node: NDArray[np.float32], source: Floats, owner: NDArray[np.int64]) -> Floats:
        entity = self._node(node)
        return self._join(np.concatenate((entity, self._attend(entity, source, owner)), axis=1))

    def _attend(self, entity: Floats, source: Floats, owner: NDArray[np.int64]) -> Floats:
        """GATv2: softmax over an entity's links of a . leaky_relu(source + target), then the sum of the
        sources so weighed.
        """
        target = entity @ self._target
        target += self._target_bias
        out = np.broadcast_to(self._bias, (len(entity), len(self._bias))).copy()
        _add_attended(out, target, source, owner, self._attention)
        return out


@compiled_entry
def _add_attended(out: Floats, target: Floats, source: Floats, owner: NDArray[np.int64], attention: Floats) -> None:
    """Add to `out` f8[B, hidden] what each entity, `target` f8[B, hidden], hears of its links, `source`
    f8[L, hidden].

    `owner` is rising; `attention` f8[heads, channels], and hidden = heads x channels.
    """
    heads, flat, sources, score = len(attention), attention.ravel(), source.ravel(), np.empty(len(owner))
    first = 0
    while first < len(owner):
        whose, end = owner[first], first
        while end < len(owner) and owner[end] == whose:
            end += 1
        attend(out[whose], target[whose], sources[first * len(flat) :], end - first, flat, heads, score)
        first = end


class Inference:
    """`EgoGraphNetwork.forward` of fitted weights."""

    def __init__(self, state: Mapping[str, NDArray]) -> None:
        """`state`: `EgoGraphNetwork.state_dict` as arrays."""
        weights = _Weights(state)
        self._blas = ThreadpoolController()
        self._event = weights.standardised("event_scale", "event.0")
        kinds = sum(name.startswith("entities.") and name.endswith(".attend.bias") for name in state)
        self._encoders = [Encoder(weights, f"entities.{kind}") for kind in range(kinds)]
        self._head = [weights.dense("head.0"), weights.dense("head.3")]
        self._logit, self._logit_bias = weights.linear("logit")

    def __call__(self, graphs: EgoGraphs) -> Floats:
        """Logits f8[B]."""
        with self._one_thread():
            encoded = [encoder(node, links) for encoder, node, links in zip(self._encoders, graphs.nodes, graphs.links, strict=True)]
            return self._logits([self._event(graphs.event), *encoded])

    def _one_thread(self) -> AbstractContextManager[object]:
        # products so small only wait for other threads
        limit: AbstractContextManager[object] = self._blas.limit(limits=1, user_api="blas")
        return limit

    def _logits(self, vectors: Sequence[Floats]) -> Floats:
        x = np.concatenate(vectors, axis=1)
        for layer in self._head:
            x = layer(x)
        logits: Floats = (x @ self._logit)[:, 0] + self._logit_bias[0]
        return logits


class _Weights:
    def __init__(self, state: Mapping[str, NDArray]) -> None:
        self._state = state

    def __getitem__(self, name: str) -> Floats:
        return np.ascontiguousarray(self._state[name], np.float64)

    def linear(self, name: str) -> tuple[Floats, Floats]:
        """(W f8[in, out], b f8[out])."""
        return np.ascontiguousarray(self[f"{name}.weight"].T), self[f"{name}.bias"]

    def dense(self, name: str) -> Dense:
        return Dense(self[f"{name}.weight"], self[f"{name}.bias"])

    def standardised(self, scale: str, layer: str) -> Standardised:
        return Standardised(self[f"{scale}.mean"], self[f"{scale}.scale"], self.dense(layer))
