"""A label of null takes back what its source said of the same event; ids are told apart by their accounts."""

from __future__ import annotations

import numpy as np
import pytest

from domain.graph import GraphSettings
from domain.memory.link import FRAUD_LABEL, UNKNOWN
from domain.memory.record import FRAUD_UNUSUAL, FRAUD_USUAL, LEGITIMATE, NEVER
from domain.memory.trail import Trail
from domain.step import Step
from domain.visits.outcome import Outcome
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, START, key_of
from tests.support.step_states import States, account_record, fresh, label, order

SHOP, BANK = 7, 9
MOMENT = START + DAY


def labelled(*said: tuple[bool | None, int]) -> tuple[Step, States]:
    """One order, and labels about it a millisecond apart, so that nothing decays between them."""
    step = Step(GraphSettings())
    states = fresh(step)
    step(order(1, START), states)
    for number, (is_fraud, source) in enumerate(said):
        step(label(1, MOMENT + number, is_fraud, source=source), states)
    return step, states


def known(step: Step, states: States) -> tuple[int, int, int, int, int, int]:
    record = account_record(step, states)
    (link,) = links_of(step.layouts[0], states[0][key_of(0, 1)])
    return record.frauds, record.legitimates, record.usual_n, record.legit_since, record.last_legit, int(link["label"])


NOTHING = (0, 0, 0, 0, NEVER, UNKNOWN)


@pytest.mark.parametrize("is_fraud", [True, False])
@pytest.mark.parametrize(("said", "withdrawn"), [(SHOP, SHOP), (0, SHOP), (0, 0)])
def test_a_withdrawn_label_leaves_nothing_in_the_counters(is_fraud: bool, said: int, withdrawn: int) -> None:
    step, states = labelled((is_fraud, said), (None, withdrawn))
    assert known(step, states) == NOTHING
    record = account_record(step, states)
    assert record.counters[:, FRAUD_USUAL : LEGITIMATE + 1] == pytest.approx(np.zeros((5, 3)), abs=1e-6)
    assert (record.usual_first, record.usual_last, record.n_ids) == (NEVER, NEVER, 1)


@pytest.mark.parametrize(
    "said", [[], [(True, SHOP)], [(True, SHOP), (None, SHOP)], [(False, SHOP), (True, BANK)], [(True, SHOP), (True, BANK)]]
)
@pytest.mark.parametrize("withdrawn", [0, 3])
def test_what_nobody_said_or_another_source_cannot_be_withdrawn(said: list[tuple[bool | None, int]], withdrawn: int) -> None:
    assert known(*labelled(*said, (None, withdrawn))) == known(*labelled(*said))


def test_who_withdraws_leaves_what_others_say() -> None:
    corrected = [(False, SHOP), (True, BANK)]
    assert known(*labelled(*corrected, (None, SHOP))) == (1, 0, 1, 0, NEVER, FRAUD_LABEL)
    assert known(*labelled(*corrected, (None, BANK))) == known(*labelled((False, SHOP)))
    assert known(*labelled((True, SHOP), (True, BANK), (None, SHOP)))[-1] == FRAUD_LABEL, "the bank says so, too"


def test_a_withdrawn_fraud_may_be_judged_anew() -> None:
    assert known(*labelled((True, SHOP), (None, SHOP), (True, SHOP))) == known(*labelled((True, SHOP)))
    assert known(*labelled((True, SHOP), (None, SHOP), (False, BANK))) == known(*labelled((False, BANK)))


def test_a_run_is_one_fraud_shorter() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    for number in range(3):
        step(order(number, START + number), states)
        step(label(number, MOMENT + number, True), states)
    step(label(0, MOMENT + 9, None), states)
    record = account_record(step, states)
    assert (record.frauds, record.usual_n, record.usual_first, record.usual_last) == (2, 2, START + 1, START + 2)


def test_an_unusual_fraud_is_taken_from_the_run_of_its_kind() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    for number in range(6):
        step(order(number, START + number, amount=900.0 if number == 5 else 20.0 + number % 2), states)
    for number in (4, 5):
        step(label(number, MOMENT + number, True), states)
    assert (account_record(step, states).usual_n, account_record(step, states).unusual_n) == (1, 1)
    step(label(5, MOMENT + 9, None), states)
    record = account_record(step, states)
    assert (record.usual_n, record.unusual_n, record.unusual_last) == (1, 0, NEVER)
    assert record.counters[-1, [FRAUD_USUAL, FRAUD_UNUSUAL]] == pytest.approx([1.0, 0.0], abs=1e-5)


def test_a_withdrawal_counts_after_the_link_is_gone() -> None:
    step = Step(GraphSettings(links=1))
    states = fresh(step)
    step(order(1, START), states)
    step(label(1, MOMENT, True), states)
    step(order(2, MOMENT + 1), states)
    step(label(1, MOMENT + 2, None), states)
    assert account_record(step, states).frauds == 0


@pytest.mark.parametrize(("source", "outcome"), [(SHOP, Outcome.LINKED), (BANK, Outcome.IDLE)])
def test_an_idle_withdrawal_is_told_apart(source: int, outcome: Outcome) -> None:
    step, states = labelled((True, SHOP))
    visit = step.visit(0, Trail(label(1, MOMENT, None, name="w", source=source)), states[0][key_of(0, 1)])
    assert (visit.outcome, visit.record is None) == (outcome, False)


def test_of_two_accounts_with_one_event_id_only_the_labelled_one_learns() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    for account in (1, 2):
        assert step(order(1, START, account=account), states) is not None, "an id is an account's own"
    before = states[0][key_of(0, 1)]
    step(label(1, MOMENT, True, account=2), states)
    assert states[0][key_of(0, 1)] == before
    device = states[1][key_of(1, 1)]
    assert [int(link["label"]) for link in links_of(step.layouts[1], device)] == [UNKNOWN, FRAUD_LABEL]
    assert EntityRecord.decode(device, step.layouts[1]).frauds == 1
    step(label(1, MOMENT, None, account=1), states)
    assert EntityRecord.decode(states[1][key_of(1, 1)], step.layouts[1]).frauds == 1, "the other account's label stays"
