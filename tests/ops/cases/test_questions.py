"""The history of questions: one's own, so many of them, gone after the store's retention."""

from __future__ import annotations

import pytest

from domain.times import DAY_MS
from ops.cases.errors import NotFound
from ops.cases.questions import MOST_KEPT, forget_questions, keep_question, question_of, questions_of
from ops.cases.retention import forget
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.case_samples import NOW


def test_questions_are_of_who_asked(store: Store) -> None:
    with store.begin() as session:
        mine, other = (keep_question(session, by, NOW, "how many?", {"known": True}) for by in ("anna", "ben"))
    with store.read() as session:
        assert question_of(session, "anna", mine).answer == {"known": True}
        assert [row.id for row in questions_of(session, "ben")] == [other]
        with pytest.raises(NotFound):
            question_of(session, "anna", other)
    with store.begin() as session:
        assert forget_questions(session, "anna") == 1
        assert not questions_of(session, "anna") and questions_of(session, "ben")


def test_only_the_latest_are_kept(sqlite_store: Store) -> None:
    with sqlite_store.begin() as session:
        numbers = [keep_question(session, "anna", NOW + n, str(n), {}) for n in range(MOST_KEPT + 3)]
        assert [row.id for row in questions_of(session, "anna", 1000)] == numbers[:2:-1]


def test_old_questions_go(sqlite_store: Store) -> None:
    settings = StoreSettings(retention_days=400)
    with sqlite_store.begin() as session:
        keep_question(session, "anna", NOW - 401 * DAY_MS, "old", {})
        keep_question(session, "anna", NOW - 399 * DAY_MS, "young", {})
        assert forget(session, NOW, settings).others == 1
        assert [row.question for row in questions_of(session, "anna")] == ["young"]
