"""The network for one event at a time against the network for batches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gnn.history.ego_graphs import EgoGraphs
from gnn.network.batch_forward import Inference
from gnn.network.event_forward import KIND, PackedNetwork, network_logit
from tests.gnn.network.test_batch_forward import EVENT, KINDS, graphs, network

MOST = 5  # links


def rows(batch: EgoGraphs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(f4[B, width], counts i8[B, N], KIND[N]): event, nodes, then the links of each kind with room for
    MOST.
    """
    size, kinds = len(batch), np.zeros(len(KINDS), KIND)
    counts = np.stack([np.bincount(links.owner, minlength=size) for links in batch.links], axis=1)
    parts, at = [batch.event, *batch.nodes], EVENT
    for kind, (node, link) in zip(kinds, KINDS, strict=True):
        kind["node_at"], kind["node_columns"], kind["link_columns"] = at, node, link
        at += node
    for position, (kind, links) in enumerate(zip(kinds, batch.links, strict=True)):
        # behind the links: not to be read
        room = np.full((size, MOST, links.values.shape[1]), np.float32(7.0))
        room[np.arange(MOST) < counts[:, position, None]] = links.values
        kind["link_at"] = at
        parts.append(room.reshape(size, -1))
        at += parts[-1].shape[1]
    return np.concatenate(parts, axis=1), counts, kinds


@given(
    st.lists(st.lists(st.integers(0, MOST), min_size=len(KINDS), max_size=len(KINDS)), min_size=1, max_size=4),
    st.integers(0, 99), st.sampled_from([1, 2, 4]),
)  # fmt: skip
def test_it_is_the_network_for_batches(links_of: list[list[int]], seed: int, heads: int) -> None:
    state = {name: value.float().numpy() for name, value in network(seed, heads).state_dict().items()}
    packed, batch = PackedNetwork.of(state), graphs(np.random.default_rng(seed), links_of)
    assert (packed.event, packed.kinds, packed.hidden, packed.heads) == (EVENT, KINDS, 8, heads)
    table, counts, kinds = rows(batch)
    wide = packed.wide(MOST)
    # what one event leaves behind must not matter to the next
    scratch = np.full(5 * wide + MOST * packed.hidden, np.nan)
    found = [
        network_logit(row, count, kinds, packed.weights, packed.hidden, packed.heads, scratch, wide)
        for row, count in zip(table, counts, strict=True)
    ]
    np.testing.assert_allclose(found, Inference(state)(batch), rtol=1e-9, atol=1e-9)
