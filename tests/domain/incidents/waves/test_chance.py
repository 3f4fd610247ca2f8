"""Counts that are chance, as scipy has their distribution."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import nbinom

from domain.incidents.waves.chance import comes_by_chance

COUNTS, MEANS, DISPERSIONS = st.integers(0, 3000), st.floats(0.01, 2000), st.floats(0.02, 3)


@given(COUNTS, MEANS, DISPERSIONS, st.sampled_from([1e-6, 1e-4, 1e-2]))
def test_as_the_negative_binomial_says(count: int, mean: float, dispersion: float, chance: float) -> None:
    r = 1 / dispersion
    probability = float(nbinom.sf(count - 1, r, r / (r + mean)))
    assume(abs(probability / chance - 1) > 0.02)  # what is left out of the sum is below that
    assert comes_by_chance(count, mean, dispersion, chance) == (count <= mean or probability >= chance)


@pytest.mark.parametrize(("count", "expected"), [(5, True), (60, False)])
def test_a_count_near_the_usual_one_and_one_far_above(count: int, expected: bool) -> None:
    assert comes_by_chance(count, 4.0, 0.15, 1e-6) is expected
