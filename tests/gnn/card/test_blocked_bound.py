"""What a card promises of the blocked legitimate events, at sizes that can and cannot hold it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from gnn.card.blocked_bound import CAP, blocked_bound, events_to_hold, upper_bound
from gnn.card.card import ModelCard
from gnn.card.card_text import card_text


def card(events: int, blocked: int, cap: float | None = 0.001) -> ModelCard:
    """A card that validated on so many legitimate events and blocked some."""
    known = read_card(PRETRAINED)
    return replace(
        known,
        data=replace(known.data, validation_events=events + 40, validation_frauds=40),
        expected=replace(known.expected, blocked_legitimate=blocked / events),
        hyperparameters={} if cap is None else {CAP: cap},
    )


@pytest.mark.parametrize(("share", "events"), [(0.001, 3000), (0.002, 600), (0.01, 200), (0.05, 1000)])
def test_the_bound_is_above_the_truth_about_19_times_in_20(share: float, events: int) -> None:
    blocked = np.random.default_rng(events).binomial(events, share, 4000)
    held = np.mean([upper_bound(count / events, events) >= share for count in blocked.tolist()])
    assert held > 0.93


def test_events_to_hold_is_where_none_blocked_is_just_enough() -> None:
    for cap in (0.0005, 0.001, 0.01):
        least = events_to_hold(cap)
        assert upper_bound(0.0, least) <= cap < upper_bound(0.0, least - 1)


def test_too_few_events_are_said_to_be_too_few() -> None:
    small = card(events=500, blocked=0)
    assert blocked_bound(small).at_most == pytest.approx(0.0054, abs=1e-4)
    assert "it takes 2,704 of which none is blocked" in str(blocked_bound(small).warning)
    assert "| **few events** | 500 legitimate events cannot show that at most 0.10% are blocked" in card_text(small)


def test_a_share_close_to_the_cap_may_be_passed_on_new_events() -> None:
    assert "may be passed on new events" in str(blocked_bound(card(events=5000, blocked=5)).warning)


def test_many_events_warn_of_nothing() -> None:
    assert blocked_bound(card(events=50_000, blocked=30)).warning is None
    assert "few events" not in card_text(card(events=50_000, blocked=30))
    assert blocked_bound(card(events=500, blocked=0, cap=None)).warning is None, "a card of an earlier release does not say the cap"
    assert "0.000% of 50,000 here; of new ones up to 0.01% (95%)" in card_text(card(events=50_000, blocked=0))
