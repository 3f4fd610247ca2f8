"""A rule's text: what is written is read as the same, and a fault is found in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.event import Rejected
from ops.rules.places import line_of
from ops.rules.texts import records_of
from ops.rules.yaml_text import written

_TEXTS = st.one_of(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), st.sampled_from(
    ["22:00", "2026-12-31", "1e5", ".5", "-0", "0x1f", "on", "true", "null", "~", "", "- a", "a: b", "#", "1_000", "=", "<<", "!x", "*a"]
))  # fmt: skip
_VALUES = st.recursive(
    st.one_of(_TEXTS, st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)),
    max_leaves=8,
)
TEXT = """when:
  all:
  - {feature: device.accounts_1h, at_least: 8}
  - field: event_type
    is: signup
decision: investigate
"""


@given(st.dictionaries(_TEXTS, _VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_as_the_same(document: dict[str, Any]) -> None:
    assert records_of(written(document)) == [document]


@pytest.mark.parametrize(
    ("path", "line"),
    [("when", 1), ("when.all", 2), ("when.all[0].at_least", 3), ("when.all[1]", 4), ("when.all[1].is", 5), ("decision", 6),
     ("when.all[1].zone", 4), ("when.all[7]", 2), ("text", None), ("line", None), ("", None)],
)  # fmt: skip
def test_a_field_is_found_or_the_nearest_part_above_it(path: str, line: int | None) -> None:
    assert line_of(TEXT, path) == line


def test_what_is_no_yaml_names_its_line() -> None:
    broken = "when: {all: []}\ndecision: [block\ntext: a\n"
    with pytest.raises(Rejected) as why:
        records_of(broken)
    assert line_of(broken, why.value.field, why.value.reason) == 3
