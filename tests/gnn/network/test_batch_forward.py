"""The numpy forward pass against the torch network that was trained."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn.history.ego_graphs import EgoGraphs, Links
from gnn.models.graph_network_fit import tensors
from gnn.network.batch_forward import Inference, _add_attended
from gnn.network.torch_forward import EgoGraphNetwork

EVENT, KINDS = 5, ((4, 3), (6, 7), (2, 2))


def network(seed: int, heads: int = 2) -> EgoGraphNetwork:
    """Random weights, also where a new network has ones and zeros."""
    torch.manual_seed(seed)
    made = EgoGraphNetwork(EVENT, KINDS, hidden=8, heads=heads).double().eval()
    with torch.no_grad():
        for tensor in (*made.parameters(), *made.buffers()):
            tensor.copy_(torch.randn_like(tensor))
    return made


def graphs(rng: np.random.Generator, links_of: list[list[int]]) -> EgoGraphs:
    """One event per row of `links_of`: how many links each of its entities has."""
    size = len(links_of)
    counts = np.array(links_of, dtype=int).reshape(size, len(KINDS))
    owners = [np.repeat(np.arange(size), counts[:, kind]) for kind in range(len(KINDS))]
    draw = lambda *shape: rng.normal(0, 4, shape).astype(np.float32)  # noqa: E731 - beyond the clip, too
    links = tuple(Links(draw(len(owner), width), owner) for owner, (_, width) in zip(owners, KINDS, strict=True))
    return EgoGraphs(draw(size, EVENT), tuple(draw(size, width) for width, _ in KINDS), links)


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=len(KINDS), max_size=len(KINDS)), min_size=1, max_size=6),
    st.integers(0, 99), st.sampled_from([1, 2, 4]),
)  # fmt: skip
def test_it_is_the_network(links_of: list[list[int]], seed: int, heads: int) -> None:
    made, batch = network(seed, heads), graphs(np.random.default_rng(seed), links_of)
    event, nodes, links, owners = tensors(batch)
    with torch.inference_mode():
        expected = made(event.double(), [node.double() for node in nodes], [link.double() for link in links], owners).numpy()
    inference = Inference({name: value.numpy() for name, value in made.state_dict().items()})
    np.testing.assert_allclose(inference(batch), expected, rtol=1e-9, atol=1e-9)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.sampled_from([1, 2, 4]), st.integers(0, 99))
def test_attention_is_the_formula(counts: list[int], heads: int, seed: int) -> None:
    """Against the formula written out for one entity and head at a time."""
    draw, channels = np.random.default_rng(seed).normal, 3
    target, source = draw(0, 9, (len(counts), heads * channels)), draw(0, 9, (sum(counts), heads * channels))
    attention, start = draw(0, 1, (heads, channels)), draw(0, 1, (len(counts), heads * channels))
    owner, out = np.repeat(np.arange(len(counts)), counts), start.copy()
    _add_attended(out, target, source, owner, attention)
    for entity in range(len(counts)):
        for head, part in ((head, slice(head * channels, (head + 1) * channels)) for head in range(heads)):
            own = source[owner == entity, part]
            pair = target[entity, part] + own
            weight = np.exp(np.where(pair > 0, pair, 0.2 * pair) @ attention[head])
            heard = weight @ own / weight.sum() if len(own) else 0.0
            np.testing.assert_allclose(out[entity, part], start[entity, part] + heard, rtol=1e-8, atol=1e-8)


def test_a_logit_does_not_depend_on_the_batch() -> None:
    made, rng = network(3), np.random.default_rng(3)
    inference = Inference({name: value.numpy() for name, value in made.state_dict().items()})
    batch = graphs(rng, [[2, 0, 5], [0, 0, 0], [1, 3, 0]])
    alone = EgoGraphs(
        batch.event[:1],
        tuple(node[:1] for node in batch.nodes),
        tuple(Links(links.values[links.owner == 0], links.owner[links.owner == 0]) for links in batch.links),
    )
    np.testing.assert_allclose(inference(alone), inference(batch)[:1], rtol=1e-12)
