"""Values of stream documents as text, whatever a document holds."""

from __future__ import annotations

import pytest

from ops.terminal.shown_values import alert_count


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 alerts"), (1, "1 alert"), (1250, "1,250 alerts"), (None, "? alerts"), ("\x1b[2J7", "[2J7 alerts")]
)
def test_a_count_of_alerts_has_its_noun(count: object, words: str) -> None:
    assert alert_count(count) == words
