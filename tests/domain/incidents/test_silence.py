"""Reading history in silence: what is open when the silence ends is opened then, what closed before is never
seen.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.incidents.incident import Incident
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from tests.support.incident_samples import HOUR, START, alert

RING = "00000000000000aa"
RULES = IncidentSettings(gap_s=6 * 3600, longest_s=24 * 3600, first_summary_alerts=2, first_summary_s=3600)
END = START + 10 * HOUR


def session(silent_until_ms: int = END) -> IncidentSession:
    return IncidentSession.open(RING, RULES, silent_until_ms)


def brief(revisions: list[Incident]) -> list[tuple[str, int, int, int]]:
    return [(revision.status, revision.revision, revision.alerts, revision.told_at) for revision in revisions]


def test_what_is_open_when_the_silence_ends_is_opened_then_with_all_its_alerts() -> None:
    silent, loud = session(), session(0)
    published = []
    for number in range(4):
        published += silent.on_alert(alert(number, START + (5 + number) * HOUR))
        loud.on_alert(alert(number, START + (5 + number) * HOUR))
    assert published == []
    assert silent.next_deadline == END
    assert brief(silent.on_deadline(END)) == [("opened", 1, 4, END)]
    (closed,) = silent.on_deadline(START + 14 * HOUR)
    assert brief([closed]) == [("closed", 2, 4, START + 14 * HOUR)]
    assert closed.id == loud.on_deadline(START + 14 * HOUR)[-1].id, "the id that it would have had"


def test_an_alert_after_the_silence_brings_what_was_held_back_before_it() -> None:
    silent = session()
    for number in range(3):
        silent.on_alert(alert(number, START + (6 + number) * HOUR))
    published = silent.on_alert(alert(9, END + HOUR))
    assert brief(published) == [("opened", 1, 3, END)]
    assert brief([silent.on_deadline(START + 100 * HOUR)[-1]]) == [("closed", 2, 4, END + 7 * HOUR)]


def test_what_closed_in_the_silence_is_never_published() -> None:
    silent = session()
    silent.on_alert(alert(0, START))
    silent.on_alert(alert(1, START + HOUR))
    assert silent.on_deadline(START + 100 * HOUR) == [], "the timer comes late: the incident ended at 7 o'clock"
    assert silent.closed
    assert brief(silent.on_alert(alert(2, END + HOUR)) + silent.on_alert(alert(3, END + HOUR))) == [("opened", 1, 2, END + HOUR)]


def test_what_is_not_due_when_the_silence_ends_is_opened_when_it_is() -> None:
    silent = session()
    assert silent.on_alert(alert(0, END - HOUR // 2)) == []
    assert silent.on_deadline(END) == []
    assert brief(silent.on_deadline(END + HOUR // 2)) == [("opened", 1, 1, END + HOUR // 2)]


def test_a_late_alert_of_an_incident_that_ended_in_the_silence_publishes_nothing() -> None:
    silent = session()
    silent.on_alert(alert(0, END + HOUR))
    assert silent.on_alert(alert(1, START)) == []


def test_a_ring_that_is_absorbed_in_the_silence_is_not_heard_of() -> None:
    silent = session()
    silent.on_alert(alert(0, START))
    assert silent.on_absorbed_into("00000000000000bb", START + HOUR) == []
    assert silent.closed
    silent.on_alert(alert(1, END - HOUR))
    silent.on_alert(alert(2, END - HOUR))
    published = silent.on_absorbed_into("00000000000000bb", END + HOUR)
    assert [(revision.status, revision.merged_into) for revision in published] == [("opened", None), ("closed", "00000000000000bb")]


@pytest.mark.parametrize("later", [0, END - 3 * HOUR], ids=["no silence", "a shorter silence"])
def test_a_state_of_the_silent_time_goes_on_under_another_setting(later: int) -> None:
    silent = session()
    silent.on_alert(alert(0, END - 2 * HOUR))
    silent.on_alert(alert(1, END - 2 * HOUR))
    resumed = IncidentSession.from_bytes(silent.to_bytes(), RULES, later)
    assert resumed.next_deadline == later
    assert [revision.status for revision in resumed.on_deadline(END - HOUR)] == ["opened"]


STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.integers(0, 3600)), max_size=60)


@settings(max_examples=200, deadline=None)
@given(STEPS, st.integers(-10, 3700))
def test_silence_leaves_out_what_ended_in_it_and_changes_nothing_else(steps: list[tuple[bool, int, int]], until: int) -> None:
    """Against a session that publishes everything; the silent one is stored and read again at every step, as
    by a restart.
    """
    until_ms = START + until * 60_000
    loud, silent = session(0), session(until_ms)
    everything: list[Incident] = []
    published: list[Incident] = []
    for is_alert, number, minute in [*steps, (False, 0, 100_000)]:
        silent = IncidentSession.from_bytes(silent.to_bytes(), RULES, until_ms)
        step: Any = ("on_alert", alert(number, START + minute * 60_000)) if is_alert else ("on_deadline", START + minute * 60_000)
        everything += getattr(loud, step[0])(step[1])
        published += getattr(silent, step[0])(step[1])
    opened = [revision.id for revision in everything if revision.revision == 1]
    # an id is made of ring and start: a late alert at the very start of a closed one has its id
    assume(len(opened) == len(set(opened)))
    expected = {closed.id: closed for closed in everything if closed.status == "closed" and ended_ms(closed) >= until_ms}
    closings = {closed.id: closed for closed in published if closed.status == "closed"}
    assert {name: as_told(closed) for name, closed in closings.items()} == {name: as_told(closed) for name, closed in expected.items()}
    for first in (revision for revision in everything if revision.revision == 1 and revision.id in expected):
        mine = [revision for revision in published if revision.id == first.id]
        assert [revision.revision for revision in mine] == list(range(1, len(mine) + 1))
        assert mine[0].status == "opened"
        assert mine[0].told_at == max(first.told_at, until_ms)
    assert all(revision.told_at >= until_ms for revision in published)
    assert not published or {revision.id for revision in published} == expected.keys()


def ended_ms(closed: Incident) -> int:
    """When it closed; that of a late alert had ended before."""
    return min(closed.told_at, closed.last_time + RULES.gap_s * 1000, closed.first_time + RULES.longest_s * 1000)


def as_told(closed: Incident) -> dict[str, Any]:
    return {**closed.to_document(), "revision": None}
