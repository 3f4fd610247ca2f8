"""The model of docs/scale.md: its tables are in the page, and it agrees with what was measured."""

from __future__ import annotations

from itertools import pairwise

import pytest

from flink_job.order_streams import LONGEST_TURN_MS, TURN_MS
from tests.project.test_docs import ROOT
from tests.speed.scale import IDLE_MS, MARKS_RISE, MEASURED, PAGE, SUBTASKS, cpu_us, full_rate, idle_ms, page


def test_the_page_has_the_tables_of_the_model() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page(text) == text


@pytest.mark.parametrize("subtasks", MEASURED)
def test_the_model_is_within_a_tenth_of_what_was_measured(subtasks: int) -> None:
    rate, measured, compilers = MEASURED[subtasks]
    assert cpu_us(subtasks, rate) == pytest.approx(measured - compilers, rel=0.1)


def test_more_subtasks_decide_more_and_an_event_never_costs_less() -> None:
    assert all(full_rate(few) < full_rate(many) for few, many in pairwise(SUBTASKS))
    assert all(cpu_us(few, few * 3000) < cpu_us(many, many * 3000) for few, many in pairwise(SUBTASKS))
    assert all(idle_ms(few) / few <= idle_ms(many) / many for few, many in pairwise(SUBTASKS[2:]))
    assert all(idle_ms(subtasks) == ms for subtasks, ms in IDLE_MS.items())


def test_marks_grow_more_from_where_they_come_as_seldom_as_they_may() -> None:
    assert MARKS_RISE * TURN_MS == LONGEST_TURN_MS
