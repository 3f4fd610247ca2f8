"""A small form of `python -m tests.quality.assistant`: some of its questions, and that a lie would show."""

from __future__ import annotations

from dataclasses import replace

from ops.cases.store import Store
from tests.quality.assistant import ORDER, hidden, questions, wrong
from tests.support.asked_month import month


def test_some_of_the_sixty_questions(sqlite_store: Store) -> None:
    asked = questions(month(sqlite_store, headline=ORDER))
    assert len(asked) == 60 and sum(one.is_injected for one in asked) == 15
    assert wrong(sqlite_store, asked[::7]) == []
    assert wrong(sqlite_store, [replace(asked[0], holds=": alerts 1.")]) == [f"{asked[0].question} None"]
    assert hidden(sqlite_store, asked[:6]) == []
    assert hidden(sqlite_store, asked[:1]) == [asked[0].question]
