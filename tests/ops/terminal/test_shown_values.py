"""Values of stream documents as text, whatever a document holds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.terminal.shown_values import alert_count, amount_text, plain


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 alerts"), (1, "1 alert"), (1250, "1,250 alerts"), (None, "? alerts"), ("\x1b[2J7", "[2J7 alerts")]
)
def test_a_count_of_alerts_has_its_noun(count: object, words: str) -> None:
    assert alert_count(count) == words


@pytest.mark.parametrize("amount", [1e15, 1e300, -1e300, 10**300, "1e300", float("inf"), float("nan"), None])
def test_an_amount_has_few_letters_whatever_it_is(amount: object) -> None:
    assert len(amount_text(amount, "EUR" * 9)) <= 24


def test_a_count_has_few_digits() -> None:
    assert len(alert_count(10**3000)) < 180


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_plain_is_one_bounded_printable_line(text: str, limit: int) -> None:
    line = plain(text, limit)
    assert len(line) <= limit
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_heaps_of_marks_are_cleared_and_words_of_any_language_stay() -> None:
    assert plain("z" + "\u0336\u0353\u0489" * 100 + "!") == "z\u0336\u0353\u0489\u0336!"
    assert plain("z" + "\u0336\u200b" * 9 + "!") == "z\u0336\u0336\u0336\u0336!"
    for word in ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "Vie\u0323\u0302t", "\u0e17\u0e35\u0e48", "\u0915\u094d\u0937\u093f"):
        assert plain(word) == word
