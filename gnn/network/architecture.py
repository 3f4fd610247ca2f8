"""What the two forward passes share: torch's, which is trained, and the compiled one, which scores."""

from __future__ import annotations

from gnn.card.card import FeatureNames
from gnn.network.weights import Shapes

SLOPE = 0.2  # of the leaky ReLU in the attention
CLIP = 8.0  # standard deviations: an input beyond all experience must not drown the others


def weight_shapes(features: FeatureNames, hidden: int, heads: int) -> Shapes:
    """Return the shapes of the weights by name, as in the `state_dict` of `EgoGraphNetwork`."""
    shapes = _standardised("event_scale", "event.0", len(features.event), hidden)
    for kind, (node, link) in enumerate(zip(features.node, features.link, strict=True)):
        shapes |= _encoder(f"entities.{kind}", len(node), len(link), hidden, heads)
    joined = hidden * (1 + len(features.node))
    return shapes | _linear("head.0", joined, 2 * hidden) | _linear("head.3", 2 * hidden, hidden) | _linear("logit", hidden, 1)


def _encoder(name: str, node: int, link: int, hidden: int, heads: int) -> Shapes:
    return {
        **_standardised(f"{name}.node_scale", f"{name}.node.0", node, hidden),
        **_standardised(f"{name}.link_scale", f"{name}.link.0", link, hidden),
        **_linear(f"{name}.attend.lin_l", hidden, hidden),
        **_linear(f"{name}.attend.lin_r", hidden, hidden),
        f"{name}.attend.att": (1, heads, hidden // heads),
        f"{name}.attend.bias": (hidden,),
        **_linear(f"{name}.join.0", 2 * hidden, hidden),
    }


def _standardised(scale: str, layer: str, size: int, next_size: int) -> Shapes:
    return {f"{scale}.mean": (size,), f"{scale}.scale": (size,), **_linear(layer, size, next_size)}


def _linear(name: str, size: int, next_size: int) -> Shapes:
    return {f"{name}.weight": (next_size, size), f"{name}.bias": (next_size,)}
