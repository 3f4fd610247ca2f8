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


BETWEEN = [
    "", " ", "-", ".", "_", "/", "  ", " - ", "\u00a0", "\u2009", "\u2011", "\u2013", "\u200b", "+", "%20", "\\u0020", "\\xa0", "&nbsp;",
]  # fmt: skip
NUMBERS = ["4111111111111111", "378282246310005", "00442079460958", "+14155550143", "01715550143", "DE89370400440532013000"]
DIGITS = [
    "0123456789",
    "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
    "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19",
]


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_hidden_whatever_is_between_its_digits(number: str, digits: str, between: str) -> None:
    plain = number.translate(str.maketrans("0123456789", digits))
    text = between.join(plain[at : at + 4] for at in range(0, len(plain), 4))
    for line in (text, f"called {text}, again", f'{{"event_id": "{text}"}}', f'{{"source": "{text}", "event_time": 1}}'):
        left = "".join(char for char in masked(line).replace(": 1", "") if char.isdigit())
        assert not left, masked(line)


@pytest.mark.parametrize(
    "mail",
    ["anna@gmail.com", "anna\uff20gmail.com", "anna\ufe6bgmail.com", "anna%40gmail.com", "anna&#64;gmail.com", "anna @ gmail.com",
     "anna(at)gmail.com", "anna [at] gmail.com", '"anna keller"@gmail.com', "\u00e4nna@gm\u00e4il.com", "anna+x" * 30 + "@gmail.com",
     "anna@[192.0.2.7]"],
)  # fmt: skip
def test_a_mail_address_is_hidden_however_it_is_written(mail: str) -> None:
    for line in (mail, f"from {mail} at last", f'{{"event_id": "{mail}"}}', f'{{"{mail}": 1}}'):
        assert not any(part in masked(line) for part in ("nna", "keller", "gm", "192")), masked(line)


@pytest.mark.parametrize("field", [*SHOWN, "account_created_at", "subject_event_id", "is_fraud", "source"])
@pytest.mark.parametrize(
    "value", ['"Keller, Anna"', '"9 Maple Street"', '["Keller", "Maple"]', '{"name": "Keller"}', '"4111 1111 1111 1111"']
)
def test_a_shown_field_shows_nothing_that_looks_like_another(field: str, value: str) -> None:
    text = masked(f'{{"{field}": {value}}}')
    assert not any(part in text for part in ("Keller", "Maple", "1111")), text


@pytest.mark.parametrize(
    "before", ["data: ", "2026-01-31 12:00:00,123 INFO got ", "\u200b", "\x00", "\ufeff\ufeff", "\u00a0", "event=", "# "]
)
def test_an_object_after_other_text_shows_its_shape_too(before: str) -> None:
    assert masked(f'{before}{{"name": "Anna Keller", "amount": 5}}') == f'{before}{{"name": "***", "amount": 5}}'
    assert "Keller" not in masked(before + json.dumps(json.dumps({"name": "Anna Keller"})))


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T12:00:00.123456+01:00", "20260131T120000+0100", "Wed, 31 Dec 2025 12:00:00 +0100", "31 January 2026", "31.01.2026 12:00",
     "1790000000", "1790000000000.0", "1790000000000000", "/Date(1790000000000)/", "2026-01-31T12:00:00+01:00[Europe/Paris]", "yesterday"],
)  # fmt: skip
def test_a_time_stays(text: str) -> None:
    assert masked(f'{{"event_time": "{text}"}}') == f'{{"event_time": "{text}"}}'


@pytest.mark.parametrize(
    "text",
    ["dccef25c-8b85-4a4d-a355-41aeac1d8eba", "11111111-2222-4333-8444-555555555555", "e-1", "order-20260131-000123", "1234567", "4f2a" * 8],
)
def test_an_id_stays(text: str) -> None:
    assert masked(f'{{"event_id": "{text}"}}') == f'{{"event_id": "{text}"}}'


@given(st.text(max_size=300))
def test_any_text_is_masked_and_masked_again_stays(text: str) -> None:
    assert isinstance(masked(masked("{" + text)), str)


def test_a_dead_letter_is_masked_unless_it_is_asked_for_as_it_is() -> None:
    line, why = json.dumps(EVENT).encode(), Rejected("event_time", "it is no time")
    assert "Mustermann" not in rejection(line, why, 1)["raw"]
    assert rejection(line, why, 1, as_it_is=True)["raw"] == line.decode()
