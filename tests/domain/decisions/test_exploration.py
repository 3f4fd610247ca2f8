"""The random share of blocks that is reviewed instead: keyed, within a cap, and in the share that was set."""

from __future__ import annotations

import math

import pytest

from domain.decisions.exploration import Exploration, ExploreSettings
from domain.errors import SettingError
from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.graph import EVENT_TYPES

ORDER, LOGIN = EVENT_TYPES.index("order"), EVENT_TYPES.index("login")


def event(number: int, amount: float = 50.0, kind: int = ORDER, account: int = 7) -> Event:
    return Event(f"e{number}", kind, 0, (account, 0, 0), number, amount)


def exploration(share: float = 0.1, most_amount: float = 100.0, key: bytes = b"test") -> Exploration:
    return Exploration(ExploreSettings(share, most_amount), Pseudonyms(key))


def drawn(made: Exploration, account: int = 7) -> set[int]:
    return {number for number in range(5000) if made.takes(event(number, account=account))}


def test_the_share_is_drawn_by_a_key_that_the_sender_does_not_know() -> None:
    found = drawn(exploration())
    assert 0.08 < len(found) / 5000 < 0.12
    assert found == drawn(exploration()), "the same offline and in the job"
    for other in (drawn(exploration(key=b"another")), drawn(exploration(), account=8)):
        assert len(found & other) / len(found) < 0.25, "another key or account draws others"
    assert drawn(exploration(0.05)) < found, "a smaller share is a part of the larger one"


def test_none_is_drawn_without_a_share_or_beyond_the_cap() -> None:
    assert not drawn(exploration(0.0))
    made, number = exploration(), min(drawn(exploration()))
    assert made.takes(event(number, 100.0)) and not made.takes(event(number, 100.01))
    assert not made.takes(event(number, math.nan)), "an order that does not say its amount"
    assert made.takes(event(number, math.nan, LOGIN))


@pytest.mark.parametrize("values", [(-0.1, 1.0), (0.6, 1.0), (math.nan, 1.0), (0.1, -1.0), (0.1, math.inf)])
def test_a_share_or_cap_that_is_none_is_refused(values: tuple[float, float]) -> None:
    with pytest.raises(SettingError, match=r"policy.explore\."):
        ExploreSettings(*values)
