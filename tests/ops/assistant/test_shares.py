"""Nobody spends the model's budget alone."""

from __future__ import annotations

import pytest

from domain.times import HOUR_S
from ops.assistant.asker import Asker
from ops.assistant.shares import AN_HOUR, Shares
from ops.cases.errors import Conflict
from ops.cases.store import Store
from tests.support.asked_month import NOW
from tests.support.scripted_questions import ScriptedModel, rows

QUESTION = "What colour has the sky of fraud?"


def test_a_person_asks_so_often_within_an_hour_and_others_go_on(sqlite_store: Store) -> None:
    asker = Asker(lambda: ScriptedModel(rows()))
    for _ in range(AN_HOUR):
        asker.ask(sqlite_store, QUESTION, NOW, None, who="ann")
    with pytest.raises(Conflict, match=rf"{AN_HOUR} questions within an hour.* others in \d+ min"):
        asker.ask(sqlite_store, QUESTION, NOW, None, who="ann")
    assert asker.ask(sqlite_store, "How many alerts?", NOW, None, who="ann").read_as, "ready questions ask no model"
    assert not asker.ask(sqlite_store, QUESTION, NOW, None, who="ben").is_known


def test_an_hour_later_the_share_is_whole() -> None:
    now = [0.0]
    shares = Shares(lambda: now[0])
    for _ in range(AN_HOUR):
        with shares.taken("ann"):
            now[0] += 1
    now[0] = HOUR_S
    with shares.taken("ann"):
        pass
    with pytest.raises(Conflict, match="others in 1 min"), shares.taken("ann"):
        pass


def test_one_question_of_a_person_at_a_time() -> None:
    shares = Shares()
    with shares.taken("ann"):
        with pytest.raises(Conflict, match="another question of yours"), shares.taken("ann"):
            pass
        with shares.taken("ben"):
            pass
    with shares.taken("ann"):
        pass
