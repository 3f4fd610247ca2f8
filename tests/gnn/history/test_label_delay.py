"""How many frauds have their label by now, from labels of which the slow ones are still to come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gnn.history.first_pass import read_first_pass
from gnn.history.label_delay import LEAST_KNOWN, label_delay
from gnn.history.train_settings import TrainSettings
from tests.support.gnn_history import DAY_MS, START_MS, documents, ignore, label, parser, write


def slow_labels(days: int, frauds: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(event, label, until) in ms of those labelled within `days`; delays are log-normal with a median of
    five days.
    """
    draw = np.random.default_rng(1)
    event = draw.uniform(0, days * DAY_MS, frauds).astype(np.int64)
    delay = (np.exp(draw.normal(np.log(5.0), 0.7, frauds)) * DAY_MS).astype(np.int64)
    seen = event + delay <= days * DAY_MS
    return event[seen], (event + delay)[seen], np.int64(days * DAY_MS)


@pytest.mark.parametrize("age_days", [4.0, 7.0, 10.0, 14.0])
def test_slow_labels_are_counted_though_they_have_not_come(age_days: float) -> None:
    found = label_delay(*slow_labels(40))
    draw = np.random.default_rng(2)
    delays = np.exp(draw.normal(np.log(5.0), 0.7, 200_000))
    share = (delays <= age_days).mean() / (delays <= 40.0).mean()
    assert found.known_after(np.array([round(age_days * DAY_MS)]))[0] == pytest.approx(max(share, LEAST_KNOWN), abs=0.02)
    event, labelled, _ = slow_labels(40)
    naive = (labelled - event <= age_days * DAY_MS).mean()
    assert naive > share + 0.02, "the delays seen alone would flatter"


def test_the_estimate_is_the_product_over_longer_delays() -> None:
    """By hand: three frauds with delays 1, 2, 2, the last of which could not have been seen to take longer
    than 2.
    """
    found = label_delay(np.array([0, 0, 8]), np.array([1, 2, 10]), 10)
    assert found.delay_ms.tolist() == [1, 2]
    assert found.share == pytest.approx([1.0 / 3.0, 1.0])
    # the third could have taken 1 at most
    found = label_delay(np.array([0, 0, 9]), np.array([1, 5, 10]), 10)
    assert found.share == pytest.approx([1.0 / 2.0, 1.0])


def test_no_label_no_allowance() -> None:
    nothing = np.zeros(0, np.int64)
    assert label_delay(nothing, nothing, 10).known_after(np.array([0, 5])).tolist() == [1.0, 1.0]


def test_few_labels_are_not_trusted_far() -> None:
    found = label_delay(np.array([0, 0]), np.array([9, 10]), 10)
    assert found.known_after(np.array([1, 9, 10])).tolist() == [LEAST_KNOWN, LEAST_KNOWN, 1.0]


def test_the_first_pass_finds_the_delays_of_the_labels(tmp_path: Path) -> None:
    lines = list(documents(events=200, frauds=20))
    stray = label("stray", {"event_id": "not here", "account_id": "a"}, START_MS + 29 * DAY_MS)
    found = read_first_pass([write(tmp_path / "e.jsonl", iter([*lines, stray]))], parser(), TrainSettings(label_delay_s=86_400.0), ignore)
    assert found.delay.delay_ms.tolist() == [2 * DAY_MS]
    assert found.delay.known_after(np.array([2 * DAY_MS]))[0] == 1.0
