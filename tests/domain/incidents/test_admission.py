"""Which rings have an incident of their own, against plain lists of what was admitted."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.incidents.admission import Admission, look_of
from domain.incidents.ring import Ring
from tests.support.incident_samples import HOUR, START, alert, pseudonym

MINUTE = 60_000


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("aaab")), max_size=150), st.sampled_from([1, 20, 60]))
def test_within_an_hour_no_more_are_admitted_than_it_holds_and_of_one_look_fewer(moves: list[tuple[int, str]], per_hour: int) -> None:
    state: dict[str, str] = {}
    free, most, of_one_look = max(8, per_hour // 4), max(8, per_hour // 3), max(4, per_hour // 8)
    now, admitted = START, list[tuple[int, str]]()
    for minutes, look in moves:
        now += minutes * MINUTE
        within = Counter(its for at, its in admitted if now // MINUTE - at // MINUTE <= 60)
        expected = within.total() < free or (within.total() < most and within[look] < of_one_look)
        assert Admission(per_hour, state).admits(look, now) == expected
        admitted += [(now, look)] if expected else []
    assert len(state) <= 1


def test_what_is_gathered_has_one_name_a_look_and_hour_and_few_for_all_others() -> None:
    admission = Admission(60, {})
    crowd = [admission.admits("same", START) for _ in range(20)]
    assert crowd.count(True) == 15
    names = [admission.gather(look, START + number) for number, look in enumerate(["same", "x", "y", "same"])]
    assert names == [f"alike-{look}-{START // HOUR}-1" for look in ("same", "mixed", "mixed", "same")]
    later = admission.gather("same", START + HOUR)
    assert later == f"alike-same-{START // HOUR + 1}-1"


def test_of_very_many_the_names_are_few() -> None:
    admission = Admission(60, {})
    while admission.admits("same", START):
        pass
    names = Counter(admission.gather("same", START) for _ in range(4096))
    assert list(names.values()) == [32] * 16 + [512, 1024, 2048]


def test_a_look_has_nothing_that_an_attacker_makes_anew_for_each_ring() -> None:
    def look(number: int, **changes: object) -> str:
        fields = {"ring": pseudonym(number), "entities": {"account": pseudonym(number), "device": pseudonym(-number)}, **changes}
        return look_of(alert(number, START + number, **fields), Ring(pseudonym(number), START, START))

    assert look(1) == look(2) == look(3, amount=110.0)
    others = [{"amount": 5000.0}, {"event_type": "payment"}, {"entities": {"account": pseudonym(1)}}, {"currency": "USD"}]
    assert len({look(1), *(look(1, **changes) for changes in others)}) == 5
