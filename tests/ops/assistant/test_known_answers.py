"""A small form of `python -m tests.quality.assistant`: some of its questions, and that a lie would show."""

from __future__ import annotations

from dataclasses import replace

from ops.cases.store import Store
from tests.quality.assistant import hidden, small, wrong
from tests.support.asked_month import month
from tests.support.simulated_month import ORDER


def test_some_of_the_questions(sqlite_store: Store) -> None:
    asked = small(month(sqlite_store, headline=ORDER))
    assert sum(one.is_injected for one in asked) == 15
    assert wrong(sqlite_store, asked[::9]) == []
    assert wrong(sqlite_store, [replace(asked[0], holds=": alerts 1.")]) == [f"{asked[0].question} None"]


def test_true_rows_of_something_else_are_seen_by_their_heading(sqlite_store: Store) -> None:
    asked = small(month(sqlite_store))
    assert hidden(sqlite_store, asked[:6]) == []
    assert hidden(sqlite_store, [asked[0], asked[0]]) == [asked[0].question] * 2
