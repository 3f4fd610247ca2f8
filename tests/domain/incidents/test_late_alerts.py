"""Late alerts: what is published depends on the order of the stream alone, not on how often a watermark
comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.incidents.settings import IncidentSettings
from gnn.scoring.incident_replay import FOREVER, IncidentReplay
from tests.support.incident_samples import START, alert

RULES = IncidentSettings(gap_s=12 * 3600, longest_s=36 * 3600, lone_wait_s=5 * 3600, reviews_per_hour=10_000)
MINUTE = 60_000


class SeldomWatermark(IncidentReplay):
    """A watermark that moves only when `passes` says so, like Flink's, which is sent by the wall clock."""

    def __init__(self, passes: Iterator[bool], silent_until_ms: int) -> None:
        super().__init__(RULES, silent_until_ms=silent_until_ms)
        self._passes = passes

    def _advance(self, clock_ms: int) -> Iterator[dict[str, Any]]:
        if clock_ms == FOREVER or next(self._passes):
            yield from super()._advance(clock_ms)


EVENTS = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 3), st.integers(0, 3), st.booleans(), st.sampled_from([0.2, 0.9]), st.booleans()),
    min_size=1,
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(EVENTS, st.sampled_from([0, START + 2000 * MINUTE]))
def test_what_is_published_depends_on_the_order_of_the_stream_alone(
    events: list[tuple[int, int, int, bool, float, bool]], silent_until_ms: int
) -> None:
    seldom, always = (SeldomWatermark(iter(passes), silent_until_ms) for passes in ([event[-1] for event in events], [True] * len(events)))
    published: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for number, (minute, account, other, is_alert, score, _) in enumerate(events):
        fields = {"score": score, "decision": "investigate" if is_alert else "approve", "entities": {"account": f"{account:016x}"}}
        decision = alert(number, START + minute * MINUTE, ring=f"{account:016x}", **fields).decision
        joins = [f"{other:016x}"] if other > account else []
        for often, replay in ((False, seldom), (True, always)):
            published[often] += replay.take(decision, joins)
    for often, replay in ((False, seldom), (True, always)):
        published[often] += replay.finish()
    assert sorted(published[False], key=_key) == sorted(published[True], key=_key)


def _key(document: dict[str, Any]) -> tuple[str, int]:
    return document["id"], document["revision"]
