"""The compiled forward pass, for batches and single events, against the torch network."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn.history.ego_graphs import EgoGraphs, Links
from gnn.models.graph_network_fit import tensors
from gnn.network.compiled_forward import GraphColumns, attend, batch_logits, network_logit, room_for
from gnn.network.compiled_network import CompiledNetwork
from gnn.network.torch_forward import EgoGraphNetwork

EVENT, KINDS = 5, ((4, 3), (6, 7), (2, 2))
MOST = 5  # links of an entity


def network(seed: int, heads: int = 2) -> EgoGraphNetwork:
    """Random weights of float32 size, also where a new network has ones and zeros."""
    torch.manual_seed(seed)
    made = EgoGraphNetwork(EVENT, KINDS, hidden=8, heads=heads).eval()
    with torch.no_grad():
        for tensor in (*made.parameters(), *made.buffers()):
            tensor.copy_(torch.randn_like(tensor))
    return made.double()


def compiled_of(made: EgoGraphNetwork) -> CompiledNetwork:
    return CompiledNetwork.of({name: value.numpy() for name, value in made.state_dict().items()})


def graphs(rng: np.random.Generator, links_of: list[list[int]]) -> EgoGraphs:
    """One event per row of `links_of`: how many links each of its entities has."""
    size = len(links_of)
    counts = np.array(links_of, dtype=int).reshape(size, len(KINDS))
    owners = [np.repeat(np.arange(size), counts[:, kind]) for kind in range(len(KINDS))]
    draw = lambda *shape: rng.normal(0, 4, shape).astype(np.float32)  # noqa: E731 - beyond the clip, too
    links = tuple(Links(draw(len(owner), width), owner) for owner, (_, width) in zip(owners, KINDS, strict=True))
    return EgoGraphs(draw(size, EVENT), tuple(draw(size, width) for width, _ in KINDS), links)


LINKS = st.lists(st.lists(st.integers(0, MOST), min_size=len(KINDS), max_size=len(KINDS)), min_size=1, max_size=6)


@given(LINKS, st.integers(0, 99), st.sampled_from([1, 2, 4]))
def test_it_is_the_network(links_of: list[list[int]], seed: int, heads: int) -> None:
    made, batch = network(seed, heads), graphs(np.random.default_rng(seed), links_of)
    event, nodes, links, owners = tensors(batch)
    with torch.inference_mode():
        expected = made(event.double(), [node.double() for node in nodes], [link.double() for link in links], owners).numpy()
    compiled = compiled_of(made)
    assert (compiled.event, compiled.kinds, compiled.hidden, compiled.heads) == (EVENT, KINDS, 8, heads)
    np.testing.assert_allclose(batch_logits(compiled, batch), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one_by_one(compiled, batch), expected, rtol=1e-9, atol=1e-9)


def one_by_one(compiled: CompiledNetwork, batch: EgoGraphs) -> list[float]:
    """The logits of events as `gnn.compiled.event_scorer` lays them out: with their links in their row."""
    table, links_at = batch.flat(), [EVENT + sum(nodes for nodes, _ in KINDS)]
    counts = np.stack([np.bincount(links.owner, minlength=len(batch)) for links in batch.links], axis=1)
    rows = [table]
    for position, links in enumerate(batch.links):
        # after the links: not to be read
        room = np.full((len(batch), MOST, links.values.shape[1]), np.float32(7.0))
        room[np.arange(MOST) < counts[:, position, None]] = links.values
        rows.append(room.reshape(len(batch), -1))
        links_at.append(links_at[-1] + rows[-1].shape[1])
    net = compiled.network(MOST)
    room = room_for(net, MOST)
    for part in room:
        part[:] = np.nan  # what one event leaves must not matter to the next
    events = zip(np.concatenate(rows, axis=1), counts, strict=True)
    return [network_logit(GraphColumns(row, row, np.array(links_at[:-1]), count), net, room) for row, count in events]


@given(st.integers(0, 4), st.sampled_from([1, 2, 4]), st.integers(0, 99))
def test_attention_is_the_formula(count: int, heads: int, seed: int) -> None:
    """Against the formula written out for one head at a time."""
    draw, channels = np.random.default_rng(seed).normal, 3
    target, source = draw(0, 9, heads * channels), draw(0, 9, (count, heads * channels))
    attention, start = draw(0, 1, heads * channels), draw(0, 1, heads * channels)
    out = start.copy()
    attend(out, target, source.ravel(), count, attention, heads, np.full(count, np.nan))
    for part in (slice(head * channels, (head + 1) * channels) for head in range(heads)):
        pair = target[part] + source[:, part]
        weight = np.exp(np.where(pair > 0, pair, 0.2 * pair) @ attention[part])
        heard = weight @ source[:, part] / weight.sum() if count else 0.0
        np.testing.assert_allclose(out[part], start[part] + heard, rtol=1e-8, atol=1e-8)


def test_a_logit_does_not_depend_on_the_batch() -> None:
    compiled, batch = compiled_of(network(3)), graphs(np.random.default_rng(3), [[2, 0, 5], [0, 0, 0], [1, 3, 0]])
    alone = EgoGraphs(
        batch.event[:1],
        tuple(node[:1] for node in batch.nodes),
        tuple(Links(links.values[links.owner == 0], links.owner[links.owner == 0]) for links in batch.links),
    )
    assert batch_logits(compiled, alone)[0] == batch_logits(compiled, batch)[0]
