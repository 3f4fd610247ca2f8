"""Records read from the bytes of many trails at once against the codec's, trail by trail: the ground the
feature oracle rests on.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.graph import GraphSettings
from domain.memory.record import RecordLayout
from domain.memory.trail import TrailCodec
from domain.step import Step
from tests.support.event_histories import histories
from tests.support.trail_records import TrailRecords

WRITTEN, READ = GraphSettings(links=5, hub_degree=3), GraphSettings(links=3, hub_degree=3)


def trails_of(data: st.DataObject) -> list[bytes]:
    step, codec = Step(WRITTEN), TrailCodec(WRITTEN)
    states: list[dict[int, bytes]] = [{} for _ in WRITTEN.stages]
    taken = [step(event, states) for event in data.draw(histories(WRITTEN, max_size=25)) if not event.is_label]
    return [codec.encode(trail) for trail in taken if trail is not None]


@pytest.mark.parametrize("graph", [WRITTEN, READ], ids=["as written", "fewer links"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_records_are_those_the_codec_finds(graph: GraphSettings, data: st.DataObject) -> None:
    trails, codec = trails_of(data), TrailCodec(graph)
    records = TrailRecords(trails, codec)
    assert records.heads.tobytes() == b"".join(trail[: codec.head_bytes] for trail in trails)
    for position in range(len(graph.entities)):
        layout = RecordLayout(graph, position)
        found, expected = records.next(layout), [codec.decode(trail).blocks[position] for trail in trails]
        assert found.known.tolist() == [bool(record) for record in expected]
        for fixed, links, record in zip(found.fixed, found.links, expected, strict=True):
            if not record:
                assert not any(fixed.tobytes()) and not any(links.tobytes())
                continue
            assert fixed.tobytes() == record[: layout.fixed_bytes]
            kept = record[layout.fixed_bytes + 8 * record[layout.n_ids_at] :][-links.nbytes :]
            assert links.tobytes() == kept.ljust(links.nbytes, b"\0")


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_trail_that_was_cut_short_is_refused(data: st.DataObject) -> None:
    trails, codec = trails_of(data), TrailCodec(WRITTEN)
    layout = RecordLayout(WRITTEN, 0)
    whole = next((trail for trail in trails if codec.decode(trail).blocks[0]), None)
    if whole is not None:
        end = whole.index(codec.decode(whole).blocks[0]) + len(codec.decode(whole).blocks[0])
        with pytest.raises(ValueError, match="a trail ends"):
            TrailRecords([whole[: end - data.draw(st.integers(1, layout.fixed_bytes))]], codec).next(layout)


def test_no_trails_have_no_records() -> None:
    records = TrailRecords([], TrailCodec(WRITTEN))
    assert len(records.heads) == len(records.next(RecordLayout(WRITTEN, 0)).links) == 0
