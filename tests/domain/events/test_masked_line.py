"""What is shown of a rejected line: enough to mend its sender, and nothing that says whose it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.event import Rejected
from domain.events.masked_line import masked
from domain.events.rejection import rejection
from tests.support.raw_markers import ATTRIBUTES, NEEDLES, RAW

SHOWN = {"event_id": "e-1", "event_type": "order", "event_time": "yesterday", "amount": 12.5, "currency": "EUR"}
EVENT = {**SHOWN, **RAW, "attributes": ATTRIBUTES}
VALUES = NEEDLES - {"phone", "note", "namensmark"}
"""Without those that are names of attributes."""


def needles(text: str) -> list[str]:
    plain = text.lower().replace(" ", "")
    return [needle for needle in VALUES if needle in plain]


def test_the_fields_that_name_nobody_stay() -> None:
    shown = json.loads(masked(json.dumps(EVENT)))
    assert {name: shown[name] for name in SHOWN} == SHOWN
    assert shown["address"] == dict.fromkeys(RAW["address"], "***")
    assert shown["attributes"]["items"] == 3
    assert set(shown) == set(EVENT)


@pytest.mark.parametrize("separators", [(",", ":"), (" , ", " : "), (",\n", ":\t")])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_no_value_is_left_however_it_is_written(separators: tuple[str, str], is_ascii: bool) -> None:
    text = json.dumps(EVENT, separators=separators, ensure_ascii=is_ascii)
    assert needles(text) and not needles(masked(text))
    assert not needles(masked(json.dumps({"payload": text}))), "as an envelope that holds it as text"
    assert not needles(masked(json.dumps([EVENT, "Erika-Mustermann-470815", 470815])))


@given(st.data())
def test_no_value_is_left_of_a_line_that_is_cut(data: st.DataObject) -> None:
    text = json.dumps(EVENT)
    assert not needles(masked(text[: data.draw(st.integers(0, len(text)))]))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"event_id": "a"b", "address": "9 Maple Street"}', '{"event_id": "a"***"***"***"***"9 *** ***"}'),
        ('{"event_type": "order" anna keller', '{"event_type": "order" *** ***'),
        ('{"account_id":1234567,"items":12}', '{"account_id":***,"items":12}'),
        ('{"anna@gmail.com": 5, "event_id": "bob\\u0040gmail.com"}', '{"***": 5, "event_id": "***"}'),
        ('{"event_time": 1767910826931, "amount": "4111 1111 1111 1111"}', '{"event_time": 1767910826931, "amount": "***"}'),
        ("anna@gmail.com;4111-1111-1111-1111;2026-01-31T12:00:00Z;0.12345678;12.50", "***;***;2026-01-31T12:00:00Z;0.12345678;12.50"),
        ("0170 5550199, DE89 3704 0044 0532 0130 00", "***, ***"),
        ("not json", "not json"),
    ],
)
def test_broken_lines_and_others(line: str, shown: str) -> None:
    assert masked(line) == shown


@given(st.text(max_size=300))
def test_any_text_is_masked_and_masked_again_stays(text: str) -> None:
    assert isinstance(masked(masked("{" + text)), str)


def test_a_dead_letter_is_masked_unless_it_is_asked_for_as_it_is() -> None:
    line, why = json.dumps(EVENT).encode(), Rejected("event_time", "it is no time")
    assert "Mustermann" not in rejection(line, why, 1)["raw"]
    assert rejection(line, why, 1, as_it_is=True)["raw"] == line.decode()
