"""The precision from a score on, and what a card promises of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gnn
from gnn.card.card import ModelCard
from gnn.card.precision import at_least, precisions, precisions_of
from gnn.card.thresholds import Precision

DEFAULT = Path(gnn.__file__).parent / "pretrained" / "default" / "card.json"


def test_the_table_counts_from_each_score_on() -> None:
    random = np.random.default_rng(3)
    score = random.random(4000)
    chance = (random.random(4000) < score**2).astype(np.float64)
    weight = np.where(chance > 0, 1.0, 2.0)
    table = precisions(score, chance, weight, block=0.6123)
    assert [one.score for one in table] == sorted(one.score for one in table) and 0.6123 in [one.score for one in table]
    for one in table:
        above = score >= one.score
        assert one.events == above.sum() >= 20
        assert one.precision == pytest.approx(np.average(chance[above], weights=weight[above]))
        assert 0.0 <= at_least(one) < one.precision


def test_what_few_events_show_is_left_out() -> None:
    score = np.append(np.full(19, 0.97), np.full(1000, 0.1))
    assert precisions(score, np.ones(1019), np.ones(1019), block=0.9) == ()


def test_a_card_without_a_table_says_it_of_its_threshold() -> None:
    card = ModelCard.from_json(DEFAULT.read_text("utf-8"))
    [one] = precisions_of(replace(card, precisions=()))
    assert one.score == card.thresholds.block and one.events == 655 and one.precision == pytest.approx(0.963, abs=5e-4)
    assert at_least(one) == pytest.approx(0.949, abs=2e-3)


def test_the_table_survives_the_file() -> None:
    table = (Precision(0.5, 0.8, 100), Precision(0.9, 0.99, 40))
    card = replace(ModelCard.from_json(DEFAULT.read_text("utf-8")), precisions=table)
    read = ModelCard.from_json(card.to_json())
    assert read == card and tuple(precisions_of(read)) == table
