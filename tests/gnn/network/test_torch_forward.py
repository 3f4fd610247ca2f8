"""The network: what its messages may and may not depend on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.card.card import FeatureNames
from gnn.models.graph_network_fit import blank_network
from gnn.network.architecture import CLIP, weight_shapes
from gnn.network.torch_forward import EgoGraphNetwork, Standardise


@pytest.fixture
def network() -> EgoGraphNetwork:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return EgoGraphNetwork(5, [(4, 3), (6, 2)], hidden=8).double().eval()


def inputs(events: int = 6) -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor]]:
    draw = np.random.default_rng(1)
    owners = [np.repeat(np.arange(events), draw.integers(0, 5, events)) for _ in range(2)]

    def table(rows: int, columns: int) -> Tensor:
        return torch.from_numpy(draw.normal(size=(rows, columns)))

    links = [table(len(owner), width) for owner, width in zip(owners, (3, 2), strict=True)]
    return table(events, 5), [table(events, 4), table(events, 6)], links, [torch.from_numpy(owner) for owner in owners]


def test_the_order_of_an_entitys_links_does_not_matter(network: EgoGraphNetwork) -> None:
    event, nodes, links, owners = inputs()
    order = torch.arange(len(owners[0])).flip(0)
    before = network(event, nodes, links, owners)
    after = network(event, nodes, [links[0][order], links[1]], [owners[0][order], owners[1]])
    assert torch.allclose(before, after, atol=1e-12)


def test_a_link_reaches_its_own_event_only(network: EgoGraphNetwork) -> None:
    event, nodes, links, owners = inputs()
    before = network(event, nodes, links, owners)
    changed = links[0].clone()
    changed[0] += 1.0
    moved = (network(event, nodes, [changed, links[1]], owners) - before).abs() > 1e-9
    assert moved.nonzero().flatten().tolist() == [int(owners[0][0])]


def test_events_without_links_are_scored(network: EgoGraphNetwork) -> None:
    event, nodes, links, owners = inputs()
    logits = network(event, nodes, [link[:0] for link in links], [owner[:0] for owner in owners])
    assert logits.shape == (6,) and torch.isfinite(logits).all()


def test_each_kind_has_its_own_parameters(network: EgoGraphNetwork) -> None:
    first, second = (dict(encoder.named_parameters()) for encoder in network.entities)
    assert first.keys() == second.keys()
    assert all(first[name] is not second[name] for name in first)


@pytest.mark.parametrize("kinds", [("account",), ("account", "device"), ("account", "device", "address", "merchant")])
@pytest.mark.parametrize(("hidden", "heads"), [(8, 1), (8, 4), (32, 2)])
def test_the_shapes_of_the_weights_are_known_without_torch(kinds: tuple[str, ...], hidden: int, heads: int) -> None:
    features = FeatureNames.of(FeatureExtractor(GraphSettings(entities=kinds)))
    weights = blank_network(features, hidden, heads, dropout=0.1).state_dict()
    assert weight_shapes(features, hidden, heads) == {name: tuple(weight.shape) for name, weight in weights.items()}


def test_inputs_are_standardised_clipped_and_constants_switched_off() -> None:
    layer = Standardise(3)
    layer.adopt(torch.tensor([1.0, 0.0, 5.0]), torch.tensor([2.0, 1.0, 0.0]))
    out = layer(torch.tensor([[3.0, 1e9, 7.0], [1.0, -1e9, -7.0]]))
    assert out.tolist() == [[1.0, CLIP, 0.0], [0.0, -CLIP, 0.0]]
