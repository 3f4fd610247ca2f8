"""The row of one event at a time: that of a batch, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from domain.features.event_row import EventRow
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from tests.domain.features.test_row_writer import busy_trails


@pytest.mark.parametrize("graph", [GraphSettings(), GraphSettings(links=4, ring_entities=())])
def test_one_row_is_that_of_the_batch(graph: GraphSettings) -> None:
    trails = busy_trails(graph)
    wanted, one = FeatureExtractor(graph).extract(trails).flat(), EventRow(graph)
    for trail, row in zip(trails, wanted, strict=True):
        np.testing.assert_array_equal(np.asarray(one.write(trail)), row)


def test_a_long_trail_gets_the_room_that_it_needs_and_a_short_one_is_refused() -> None:
    graph = GraphSettings()
    trail, one = busy_trails(graph)[-1], EventRow(graph)
    before = np.asarray(one.write(trail)).copy()
    np.testing.assert_array_equal(np.asarray(one.write(trail + bytes(10_000))), before)
    with pytest.raises(ValueError, match="ends before"):
        one.write(trail[:100])
