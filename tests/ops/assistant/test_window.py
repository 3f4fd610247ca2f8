"""Times are whole UTC days, by the names that people use."""

from __future__ import annotations

import pytest

from ops.assistant.window import name_in, window_of
from ops.cases.errors import Invalid

NOW = 1_772_323_200_000  # 2026-03-01T00:00:00Z


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("today", "on 2026-03-01"),
        ("yesterday", "on 2026-02-28"),
        ("7d", "from 2026-02-23 to 2026-03-01"),
        ("2026-02", "from 2026-02-01 to 2026-02-28"),
        ("2025-12", "from 2025-12-01 to 2025-12-31"),
        ("2026-01-05", "on 2026-01-05"),
        ("2026-01-05..2026-01-06", "from 2026-01-05 to 2026-01-06"),
    ],
)
def test_names(name: str, words: str) -> None:
    window = window_of(name, NOW)
    assert window.words == words
    assert window.before_ms - window.start_ms == window.days * 86_400_000
    assert window.earlier().before_ms == window.start_ms and window.earlier().days == window.days


@pytest.mark.parametrize("name", ["", "tomorrow", "0d", "999d", "2026-13", "2026-1-5", "9999-12", "1..2..3", "2026-01-05..", "٣d"])
def test_other_texts_are_refused(name: str) -> None:
    with pytest.raises(Invalid, match=r"^window: "):
        window_of(name, NOW)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("How much was blocked last week?", "7d"),
        ("flagged in the last 14 days", "14d"),
        ("Alerts of 2026-01-05?", "2026-01-05"),
        ("from 2026-01-05 to 2026-01-07", "2026-01-05..2026-01-07"),
        ("incidents in 2026-02", "2026-02"),
        ("What happened today", "today"),
        ("What is inc-2026-01-05x", None),
        ("no time at all", None),
    ],
)
def test_times_within_a_question(text: str, name: str | None) -> None:
    assert name_in(text) == name
