"""Values of stream documents as text, whatever a document holds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.terminal.shown_values import alert_count, plain


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 alerts"), (1, "1 alert"), (1250, "1,250 alerts"), (None, "? alerts"), ("\x1b[2J7", "[2J7 alerts")]
)
def test_a_count_of_alerts_has_its_noun(count: object, words: str) -> None:
    assert alert_count(count) == words


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_plain_is_one_bounded_printable_line(text: str, limit: int) -> None:
    line = plain(text, limit)
    assert len(line) <= limit
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
