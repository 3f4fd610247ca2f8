"""The compiled feature columns: against numpy's over random histories, called by other compiled code, and
with damaged trails.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.events.event import Event
from domain.features.extractor import FeatureBatch, FeatureExtractor
from domain.features.row_layout import SHAPE, FeatureRow
from domain.features.row_writer import write_columns
from domain.features.sharing_columns import distinct_since
from domain.graph import LABEL_CODE, GraphSettings
from domain.kernel.compiled import compiled_entry
from domain.kernel.raw_bytes import array_at, bytes_at
from domain.memory.record import RecordLayout
from domain.memory.stage_table import STAGE
from domain.memory.trail import Trail, TrailCodec
from domain.step import Step
from tests.domain.features.test_extractor import GRAPHS, pieces
from tests.oracles.feature_oracle import FeatureOracle
from tests.support.event_histories import DAY, SMALL_GRAPHS, START, histories, key_of, make_event
from tests.support.interpreted import interpret

ALL_GRAPHS = (*GRAPHS, *SMALL_GRAPHS)
_SHAPE_BYTES, _STAGE_BYTES = SHAPE.itemsize, STAGE.itemsize
EXTREMES = st.sampled_from([math.nan, -1e300, 1e300, 0.0, -0.0, 5e-324, -3.0])
AMOUNTS = st.sampled_from([1e12, 0.0, 20.0])


def trails_of(graph: GraphSettings, events: Sequence[Event]) -> list[bytes]:
    step = Step(graph)
    states: list[dict[int, bytes]] = [{} for _ in graph.stages]
    taken = [step.encoded(Trail(event), states) for event in events]
    return [trail for trail, event in zip(taken, events, strict=True) if trail is not None and not event.is_label]


def varied(data: st.DataObject, event: Event, graph: GraphSettings) -> Event:
    """The event with attributes, an account's age and places of a graph's number, and sometimes an amount no
    shop has.
    """
    amount = event.amount if math.isnan(event.amount) or data.draw(st.booleans()) else data.draw(AMOUNTS)
    created = data.draw(st.sampled_from([-1, event.time_ms + DAY, event.time_ms - 400 * DAY, 0]))
    numeric = tuple(data.draw(EXTREMES) for _ in graph.numeric_attributes)
    categorical = tuple(data.draw(st.integers(0, 2**32 - 1)) for _ in graph.categorical_attributes)
    entities = (*event.entities, *(key_of(kind, event.id_hash % 3) for kind in range(len(event.entities), len(graph.entities))))
    places = (0,) * (len(graph.stages) - len(graph.entities))
    return replace(event, amount=amount, created_ms=created, numeric=numeric, categorical=categorical, entities=entities, places=places)


def drawn_trails(data: st.DataObject, graph: GraphSettings, max_size: int = 25) -> list[bytes]:
    return trails_of(graph, [varied(data, event, graph) for event in data.draw(histories(graph, max_size=max_size))])


def assert_alike(batch: FeatureBatch, expected: FeatureBatch) -> None:
    """To the last bit but one of 32, or two."""
    for found, wanted in zip(pieces(batch), pieces(expected), strict=True):
        assert found.dtype == wanted.dtype
        assert found.flags.c_contiguous
        np.testing.assert_allclose(found, wanted, rtol=3e-7, atol=1e-9)


@pytest.mark.parametrize("graph", ALL_GRAPHS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_columns_are_those_that_numpy_computes(graph: GraphSettings, data: st.DataObject) -> None:
    trails = drawn_trails(data, graph)
    assert_alike(FeatureExtractor(graph).extract(trails), FeatureOracle(graph).extract(trails))


@pytest.mark.parametrize("graph", ALL_GRAPHS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_is_summed_in_32_bits_is_summed_as_numpy_does(graph: GraphSettings, data: st.DataObject) -> None:
    """To the last bit: a tree's threshold may lie between two neighbours."""
    trails, row = drawn_trails(data, graph), FeatureRow(graph)
    found, wanted = FeatureExtractor(graph).extract(trails), FeatureOracle(graph).extract(trails)
    for features, one, other in zip(row.node_features, found.entities, wanted.entities, strict=True):
        columns = [at for at, feature in enumerate(features) if feature.name.endswith(("_mean", "_max", ".habit_z"))]
        assert np.array_equal(one.node[:, columns], other.node[:, columns])


@pytest.mark.parametrize("graph", ALL_GRAPHS)
def test_each_column_has_the_name_of_its_value(graph: GraphSettings) -> None:
    row, oracle = FeatureRow(graph), FeatureOracle(graph)
    assert [feature.name for feature in row.event_features] == oracle.event_names
    for features, names in zip((*row.node_features, *row.link_features), (*oracle.node_names, *oracle.link_names), strict=True):
        assert [feature.name for feature in features] == names
    assert row.flat_width == len(row.flat_features) == row.link_at[0]
    assert row.width == row.flat_width + graph.links * sum(row.link_widths)


def by_name(row: FeatureRow, oracle: FeatureOracle, found: FeatureBatch, wanted: FeatureBatch) -> list[tuple[str, bool]]:
    """(name, whether the compiled column of that name is the oracle's), of each matrix."""
    pairs = [(row.event_features, found.event, oracle.event_names, wanted.event)]
    for kind, (one, other) in enumerate(zip(found.entities, wanted.entities, strict=True)):
        pairs.append((row.node_features[kind], one.node, oracle.node_names[kind], other.node))
        pairs.append((row.link_features[kind], one.links, oracle.link_names[kind], other.links))
    return [
        (feature.name, np.allclose(matrix[..., at], expected[..., names.index(feature.name)], rtol=3e-7, atol=1e-9))
        for features, matrix, names, expected in pairs
        for at, feature in enumerate(features)
    ]


def busy_trails(graph: GraphSettings) -> list[bytes]:
    """A history in which hardly two columns of a row are alike: types, amounts, gaps, company and labels
    vary.
    """
    rng, events = np.random.default_rng(3), list[Event]()
    for number in range(160):
        keys = tuple(key_of(kind, int(rng.integers(0, 3))) for kind in range(len(graph.entities)))
        event = make_event(f"e{number}", number % 6, START + number * (DAY // 7), keys, float(rng.gamma(2.0, 30.0)))
        events.append(replace(event, created_ms=START - DAY * (number % 9)))
        if number % 5 == 4:
            subject = events[-1 - int(rng.integers(1, min(len(events), 9)))]
            if not subject.is_label:
                said = {"subject": subject.event_id, "is_fraud": bool(rng.integers(0, 2))}
                events.append(make_event(f"l{number}", LABEL_CODE, event.time_ms + 5, subject.entities, **said))
    rest = {
        "places": (0,) * (len(graph.stages) - len(graph.entities)),
        "numeric": tuple(3.0 + index for index, _ in enumerate(graph.numeric_attributes)),
        "categorical": (7,) * len(graph.categorical_attributes),
    }
    return trails_of(graph, [replace(event, **rest) for event in events])


@pytest.mark.parametrize("graph", GRAPHS)
def test_each_value_stands_under_its_own_name(graph: GraphSettings) -> None:
    trails, row, oracle = busy_trails(graph), FeatureRow(graph), FeatureOracle(graph)
    found, wanted = FeatureExtractor(graph).extract(trails), oracle.extract(trails)
    assert [name for name, same in by_name(row, oracle, found, wanted) if not same] == []
    # names in another order than the values: all but alike neighbours are found out
    row.node_features = tuple((*features[1:], features[0]) for features in row.node_features)
    moved = [name for name, same in by_name(row, oracle, found, wanted) if not same]
    assert len(moved) > 0.6 * sum(map(len, row.node_features)), "the history tells the columns apart"


@compiled_entry
def _write_row(trail_at: int, size: int, shape_at: int, stages_at: int, row_at: int, width: int, counts_at: int, kinds: int) -> None:
    """As compiled code inside Flink calls it: by addresses."""
    shape = array_at(bytes_at(shape_at, _SHAPE_BYTES), 0, 1, SHAPE)
    stages = array_at(bytes_at(stages_at, kinds * _STAGE_BYTES), 0, kinds, STAGE)
    row = array_at(bytes_at(row_at, 4 * width), 0, width, np.float32)
    counts = array_at(bytes_at(counts_at, 8 * kinds), 0, kinds, np.int64)
    write_columns(bytes_at(trail_at, size), shape[0], stages, row, counts)


def written(trail: bytes, row: FeatureRow) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    values, counts, data = np.full(row.width, np.nan, np.float32), np.full(len(row.node_widths), -1), np.frombuffer(trail, np.uint8)
    at = [array.ctypes.data for array in (data, row.shape, row.stages, values, counts)]
    _write_row(at[0], len(data), at[1], at[2], at[3], row.width, at[4], len(counts))
    return values, counts


@pytest.mark.parametrize("graph", GRAPHS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_row_written_for_one_event_is_bit_for_bit_that_of_the_batch(graph: GraphSettings, data: st.DataObject) -> None:
    trails, row = drawn_trails(data, graph), FeatureRow(graph)
    batch = FeatureExtractor(graph).extract(trails)
    flat = batch.flat()
    for index, trail in enumerate(trails):
        values, counts = written(trail, row)
        links = [entity.links[index].tobytes() for entity in batch.entities]
        assert values.tobytes() == b"".join([flat[index].tobytes(), *links])
        assert counts.tolist() == [np.count_nonzero(entity.mask[index]) for entity in batch.entities]


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_interpreter_which_checks_each_place_comes_to_the_same_columns(data: st.DataObject) -> None:
    graph = data.draw(st.sampled_from(ALL_GRAPHS))
    trails, extractor = drawn_trails(data, graph, max_size=8), FeatureExtractor(graph)
    compiled = extractor.extract(trails)
    with pytest.MonkeyPatch.context() as patch:
        interpret(patch)
        interpreted = extractor.extract(trails)
    assert_alike(interpreted, compiled)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_of_more_links_than_the_graph_keeps_the_newest_are_read(data: st.DataObject) -> None:
    before, after = GraphSettings(links=6, hub_degree=3), GraphSettings(links=2, hub_degree=3)
    trails = drawn_trails(data, before)
    few, many = FeatureExtractor(after).extract(trails), FeatureExtractor(before).extract(trails)
    assert_alike(few, FeatureOracle(after).extract(trails))
    for kept, entity in zip(few.entities, many.entities, strict=True):
        for links, mask, all_links, all_mask in zip(kept.links, kept.mask, entity.links, entity.mask, strict=True):
            assert links[mask].tobytes() == all_links[all_mask][-2:].tobytes()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_trail_cut_short_anywhere_is_refused(data: st.DataObject) -> None:
    graph = data.draw(st.sampled_from(SMALL_GRAPHS))
    trails = drawn_trails(data, graph)
    assume(trails)
    cut = trails[-1][: data.draw(st.integers(0, len(trails[-1]) - 1))]
    for damaged in ([cut], [*trails, cut], [cut, *trails]):
        with pytest.raises(ValueError, match=r"a trail ends (before its last block|in the middle of a record)"):
            FeatureExtractor(graph).extract(damaged)


def test_a_record_that_claims_more_than_it_holds_is_refused() -> None:
    graph = GraphSettings(entities=("account",), ring_entities=())
    trail = trails_of(graph, [make_event(f"e{number}", 2, START + number, (key_of(0, 1),), 5.0) for number in range(3)])[-1]
    record = TrailCodec(graph).decode(trail).blocks[0]
    for at, value in ((1, 3), (RecordLayout(graph, 0).n_ids_at, 4)):
        swollen = record[:at] + bytes([value]) + record[at + 1 :]
        with pytest.raises(ValueError, match="a trail ends in the middle of a record"):
            FeatureExtractor(graph).extract([trail.replace(record, swollen)])


@pytest.mark.parametrize(("field", "kind", "change"), [("node_at", 0, -1), ("node_at", 1, 1), ("node_at", 2, -1), ("link_at", 2, 16)])
def test_columns_that_are_not_as_many_as_their_names_are_refused(field: str, kind: int, change: int) -> None:
    graph = GraphSettings(entities=("account", "device"), links=16)
    events = [make_event(f"e{number}", 2, START + number, (key_of(0, 1), key_of(1, 1)), 5.0) for number in range(2)]
    extractor = FeatureExtractor(graph)
    extractor.row.shape[field][0, kind] += change
    extractor.row.width += max(change, 0)
    with pytest.raises(RuntimeError, match="not as many columns as names"):
        extractor.extract(trails_of(graph, [replace(event, places=(0,)) for event in events]))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 15)), max_size=6), st.integers(-3, 12))
def test_distinct_counts_are_those_of_sets(links: list[tuple[int, int]], since_ms: int) -> None:
    layout = RecordLayout(GraphSettings(), 1)
    record = np.zeros(len(links), layout.link_dtype)
    for link, (other, time_ms) in zip(record, links, strict=True):
        link["time"], link["others"][1] = time_ms, other
    expected = len({other for other, time_ms in links if other and time_ms >= since_ms})
    assert distinct_since(record.view(np.uint8), 1, layout.link_bytes, since_ms) == expected
