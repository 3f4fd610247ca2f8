"""The graph neural network over an event's ego-graph: links -> entities -> event -> logit.

One parameter set per entity kind. PyTorch Geometric's GATv2 convolution (Brody, Alon, Yahav: How attentive
are graph attention networks?, ICLR 2022) passes messages from an entity's links to the entity, with the
entity as the query.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from gnn.history.column_moments import CONSTANT
from gnn.network.architecture import CLIP, SLOPE

# importing torch_geometric compiles a class the old way; nothing we could mend
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=".*torch.jit.script.*", category=FutureWarning)
    from torch_geometric.nn.conv.gatv2_conv import GATv2Conv


class Standardise(nn.Module):
    """(x - mean) / deviation of the training set, clipped; the numbers are part of the weights.

    A column that was constant is switched off: its weights learnt nothing.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))

    def adopt(self, mean: Tensor, deviation: Tensor) -> None:
        self.mean.copy_(mean)
        self.scale.copy_(torch.where(deviation > CONSTANT, 1.0 / deviation, 0.0))

    def forward(self, x: Tensor) -> Tensor:
        return ((x - self.mean) * self.scale).clamp(-CLIP, CLIP)


def dense(sizes: Sequence[int], dropout: float = 0.0) -> nn.Sequential:
    """Build linear layers with ReLU after each, and dropout."""
    layers: list[nn.Module] = []
    for size, next_size in pairwise(sizes):
        layers += [nn.Linear(size, next_size), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers)


class EntityEncoder(nn.Module):
    """The encoder of one entity kind.

    With n = relu(W node), l = relu(W link) and GATv2 from the links to their owner:

        entity = relu(W (n | GATv2(l, n)))

    Shapes: node f[B, Fn], links f[L, Fl] and their owners i8[L] -> entity vectors f[B, hidden].
    """

    def __init__(self, node_features: int, link_features: int, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.node_scale, self.link_scale = Standardise(node_features), Standardise(link_features)
        self.node = dense((node_features, hidden), dropout)
        self.link = dense((link_features, hidden))
        self.attend = GATv2Conv((hidden, hidden), hidden // heads, heads, negative_slope=SLOPE, add_self_loops=False)
        self.join = dense((2 * hidden, hidden), dropout)

    def forward(self, node: Tensor, links: Tensor, owner: Tensor) -> Tensor:
        entity = self.node(self.node_scale(node))
        edges = torch.stack((torch.arange(len(owner)), owner))
        neighbourhood = self.attend((self.link(self.link_scale(links)), entity), edges)
        joined: Tensor = self.join(torch.cat((entity, neighbourhood), 1))
        return joined


class EgoGraphNetwork(nn.Module):
    """The network: B ego-graphs -> B logits.

    An entity that the event does not have is a node of zeros, and its flags say so.
    """

    def __init__(
        self, event_features: int, entity_features: Sequence[tuple[int, int]], hidden: int = 32, heads: int = 2, dropout: float = 0.1
    ) -> None:
        """Take `entity_features`, (node columns, link columns) per kind."""
        super().__init__()
        self.event_scale = Standardise(event_features)
        self.event = dense((event_features, hidden), dropout)
        self.entities = nn.ModuleList(EntityEncoder(node, link, hidden, heads, dropout) for node, link in entity_features)
        self.head = dense((hidden * (1 + len(entity_features)), 2 * hidden, hidden), dropout)
        self.logit = nn.Linear(hidden, 1)

    @property
    def encoders(self) -> list[EntityEncoder]:
        return [encoder for encoder in self.entities if isinstance(encoder, EntityEncoder)]

    def forward(self, event: Tensor, nodes: Sequence[Tensor], links: Sequence[Tensor], owners: Sequence[Tensor]) -> Tensor:
        """Return logits f[B].

        Inputs are event f[B, Fe] and, per kind, nodes f[B, Fn], links f[L, Fl] and owners i8[L].
        """
        vectors = [self.event(self.event_scale(event))]
        for encoder, node, link, owner in zip(self.entities, nodes, links, owners, strict=True):
            vectors.append(encoder(node, link, owner))
        logits: Tensor = self.logit(self.head(torch.cat(vectors, 1))).squeeze(1)
        return logits
