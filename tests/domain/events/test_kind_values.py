"""Values that mean one thing, however a producer writes them."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import pytest

from domain.events.event import Rejected
from domain.events.identity import MISSING, USUAL, Pseudonyms, canonical_form
from domain.events.parser import EventParser
from tests.support.event_lines import GRAPH, NOW, ORDER, PARSER, label, order, without

OPTIONAL = ("device_fingerprint", "ip", "email", "payment_instrument", "merchant_id", "address", "amount", "currency")


@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
@pytest.mark.parametrize("field", (*OPTIONAL, "account_created_at", "attributes", "subject_event_id", "is_fraud", "source"))
def test_an_empty_text_is_null(field: str, empty: str) -> None:
    assert repr(PARSER.parse(order(**{field: empty}))) == repr(PARSER.parse(order(**{field: None})))


@pytest.mark.parametrize("address", [{}, {"line1": "", "city": None}, {"line1": " ", "country": ""}, " "])
def test_an_address_of_empty_parts_is_none(address: Any) -> None:
    assert PARSER.parse(order(address=address)).entities[2] == MISSING


@pytest.mark.parametrize("field", ["address", "attributes"])
def test_an_object_in_a_text_is_the_object(field: str) -> None:
    text = json.dumps(ORDER[field], indent=1)
    assert repr(PARSER.parse(order(**{field: text}))) == repr(PARSER.parse(order(**{field: ORDER[field]})))


@pytest.mark.parametrize("field", ["address", "attributes"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "too early"),
        ('{"a":' * 900, "deeper"),
        ('{"city":"x","city":"y"}', "twice"),
        ("{'city': 'x'}", "double quotes"),
        ('{"city":"x"} y', "Extra data"),
    ],
)
def test_half_an_object_in_a_text_is_refused(field: str, text: str, words: str) -> None:
    with pytest.raises(Rejected, match=words) as caught:
        PARSER.parse(order(**{field: text}))
    assert caught.value.field == field


def test_an_object_in_a_text_meets_the_same_checks() -> None:
    for field, inner, words in (("address", {"street": "x"}, "unknown part"), ("address", {"line1": "x" * 513}, "too long"),
                                ("attributes", {"a": [1]}, "must be a number or a string")):  # fmt: skip
        with pytest.raises(Rejected, match=words):
            PARSER.parse(order(**{field: json.dumps(inner)}))


def test_a_label_about_itself_is_refused() -> None:
    with pytest.raises(Rejected, match="the label's own id") as caught:
        PARSER.parse(label(event_id="o-1", subject_event_id="o-1"))
    assert caught.value.field == "subject_event_id"


NOBODY = ("N/A", "null", "NULL", "unknown", "none", "None", "undefined", "-", "--", "n.a.", "(null)", "Not available", "nan")


@pytest.mark.parametrize("text", NOBODY)
def test_an_address_of_nobody_is_none(text: str) -> None:
    ways: tuple[Any, ...] = (text, f" {text} ", {"line1": text}, dict.fromkeys(("line1", "city", "country"), text))
    for address in (*ways, {"line1": text, "city": "Springfield"}):
        assert PARSER.parse(order(address=address)).entities[2] == MISSING, address
    known = PARSER.parse(order(address={"line1": "12 Main St", "line2": text, "city": "Springfield"}))
    assert known.entities == PARSER.parse(order(address="12 Main St Springfield")).entities


@pytest.mark.parametrize("text", ["null null", "undefined, undefined", "None None", "No address", "Address unknown", "[object Object]"])
def test_an_address_that_a_program_made_of_nothing_is_none(text: str) -> None:
    assert PARSER.parse(order(address=text)).entities[2] == MISSING


@pytest.mark.parametrize("text", ["None Such Lane 4", "Unknown Road 7", "Na Poříčí 12", "1 N A St"])
def test_an_address_with_such_a_word_in_it_is_one(text: str) -> None:
    assert PARSER.parse(order(address=text)).entities[2] != MISSING


@pytest.mark.parametrize("text", [*NOBODY, " null ", "nu\u200bll"])
def test_an_account_of_nobody_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="for a guest an id") as caught:
        PARSER.parse(order(account_id=text))
    assert caught.value.field == "account_id"


NIL = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "text",
    ["guest", "Guest", "GUEST USER", "anonymous", "Anonymous User", "-1", -1, "[]", "{}", "()", "***", "@", "...", NIL, f"{{{NIL}}}",
     "0" * 32,
     NIL.replace("0", "f"), NIL.replace("0", "F"), "f" * 32, "unknown user", "nobody", "deleted", "true", "false", "optout", "unavailable",
     hashlib.md5(b"").hexdigest(), hashlib.sha1(b"").hexdigest(), hashlib.sha256(b"").hexdigest().upper(),
     hashlib.sha256(b"null").hexdigest()],
)  # fmt: skip
def test_an_account_that_strangers_share_is_refused_and_such_a_device_is_none(text: Any) -> None:
    with pytest.raises(Rejected, match="for a guest an id") as caught:
        PARSER.parse(order(account_id=text))
    assert caught.value.field == "account_id"
    event = PARSER.parse(order(device_fingerprint=text, payment_instrument=text, email=str(text)))
    assert [event.entities[at] for at in (1, 4, 5)] == [MISSING] * 3


@pytest.mark.parametrize("text", ["0", 0, "1", "test", "Test", "guest-17", "guest 17", "anonymous42", "xxx", "a", "-7", "unknown-soldier",
                                  "f" * 8, "000000", "deleted-1", "true blue", NIL[:-1] + "1"])  # fmt: skip
def test_an_account_with_such_a_word_in_it_is_one(text: Any) -> None:
    assert PARSER.parse(order(account_id=text)).entities[0] != MISSING


@pytest.mark.parametrize("text", ["test", "Testing", "dummy", "default", "tbd", "xxx", "masked"])
def test_what_fills_a_field_is_no_device_and_no_payment(text: str) -> None:
    event = PARSER.parse(order(device_fingerprint=text, payment_instrument=text, email=text))
    assert [event.entities[at] for at in (1, 4, 5)] == [MISSING] * 3
    assert PARSER.parse(order(merchant_id=text)).entities[3] != MISSING, "a shop may be called so"


@pytest.mark.parametrize("text", ["0", "17", "test-device-1", "default:17", "fffffff1", "Guest House"])
def test_a_device_with_such_a_word_in_it_is_one(text: str) -> None:
    assert PARSER.parse(order(device_fingerprint=text)).entities[1] != MISSING


@pytest.mark.parametrize(
    "address",
    [{"country": "DE"}, {"city": "Berlin"}, {"city": "Berlin", "country": "DE"}, {"region": "Bavaria"}, {"line2": "Apt 4",
     "city": "Berlin"},
     {"line1": None, "city": "Berlin", "postal_code": ""}, {"line1": "N/A", "postal_code": "10115"}, {"line1": "Test", "city": "Berlin"},
     {"line1": "xxx", "city": "Berlin"}, {"line1": "--", "city": "Berlin"}, {"postal_code": "n/a", "city": "Berlin"},
     '{"city": "Berlin"}', "Test", "TEST", "xxx", "x", "123", "12345", "00000", "N/A, N/A, US", "n/a, n/a, n/a, Germany", "N/A, Berlin, DE",
     "unknown, Springfield", "null null us", "none none", "US", "USA", "Germany", "de", "United States of America", "asdf",
     "same as billing"],
)  # fmt: skip
def test_an_address_that_strangers_share_is_none(address: Any) -> None:
    assert PARSER.parse(order(address=address)).entities[2] == MISSING


@pytest.mark.parametrize(
    "address",
    [{"postal_code": "10115"}, {"line1": " ", "postal_code": "10115"}, {"line1": "12 Main St"}, {"line1": "123", "city": "Lhota"},
     {"line1": "Test Street 4"}, "Springfield",
     "N/A, 12 Main St, Springfield", "Test Street 4", "Rose Cottage, Little Hampton", "12 Germany Road", "Xxx Lane 4", "1234 Elm",
     "Na Street",
     {"line1": "Usa River Road 4", "country": "TZ"}],
)  # fmt: skip
def test_an_address_of_somebody_is_one(address: Any) -> None:
    assert PARSER.parse(order(address=address)).entities[2] != MISSING


@pytest.mark.parametrize("kind", ["merchant", "payment", "device"])
@pytest.mark.parametrize("text", NOBODY)
def test_other_identifiers_of_nobody_are_none(kind: str, text: str) -> None:
    assert canonical_form(kind, USUAL)(text) == ""


@pytest.mark.parametrize("text", ["none@none.com", "None@None.com", "noemail@shop.example", "no-email@shop.example", "test@test.com",
                                  "n/a@n/a.com", "null@null", "undefined@gmail.com", "Nobody <null@x.org>", "@", "a@a.com",
                                  "guest@guest.com", "noreply@example.org", "No-Reply@shop.example", "donotreply@x.org", "asdf@asdf.org",
                                  "ABC@abc.de", "anonymous@x.org", "Guest <guest@hotel.example>", "xxx@xxx.xx",
                                  "optout@x.org"])  # fmt: skip
def test_a_mailbox_of_nobody_is_none(text: str) -> None:
    assert canonical_form("email", USUAL)(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "nona@none.com",
        "test@shop.example",
        "na@shop.example",
        "null.island@x.org",
        "ann@example.com",
        "guest1@x.org",
        "ann@ann.de",
        "reply@x.org",
        "a@abc.com",
        "abc@abcd.com",
    ],
)
def test_a_mailbox_of_somebody_is_one(text: str) -> None:
    assert canonical_form("email", USUAL)(text) == text


def test_empty_money_on_a_login_and_an_empty_source_of_a_label_are_null() -> None:
    assert math.isnan(PARSER.parse(order(event_type="login", amount="", currency=" ")).amount)
    assert PARSER.parse(label(source="")) == PARSER.parse(label(source=None))


@pytest.mark.parametrize("currency", ["eur", "Eur", " EUR ", "eur\n"])
def test_a_currency_in_any_case(currency: str) -> None:
    assert PARSER.parse(order(currency=currency)).currency == "EUR"


@pytest.mark.parametrize(
    ("sent", "amount"),
    [("34.10", 34.1), (" 12 ", 12.0), ("1.25e2", 125.0), ("0", 0.0), ("+5", 5.0), (".5", 0.5), ("5.", 5.0), ("+.5e1", 5.0)],
)
def test_an_amount_in_quotes(sent: str, amount: float) -> None:
    assert PARSER.parse(order(amount=sent)).amount == amount


@pytest.mark.parametrize("kind", ["ORDER", "Order", " order "])
def test_an_event_type_in_any_case(kind: str) -> None:
    assert PARSER.parse(order(event_type=kind)) == PARSER.parse(order())


@pytest.mark.parametrize("sent", ["refund-request", "Refund Request", "refundRequest", "REFUND_REQUEST", "refund  request"])
def test_an_event_type_however_its_words_are_joined(sent: str) -> None:
    assert PARSER.parse(order(event_type=sent)) == PARSER.parse(order(event_type="refund_request"))
    assert (
        PARSER.parse(order(event_type="sign-up", amount=0)).type_code == PARSER.parse(order(event_type="sign_up", amount=0)).type_code == 0
    )


@pytest.mark.parametrize("amount", [0, 0.0, "0", "0.00"])
def test_a_sum_of_nothing_on_a_login_is_none(amount: Any) -> None:
    event = PARSER.parse(order(event_type="login", amount=amount, currency="EUR"))
    assert (math.isnan(event.amount), event.currency) == (True, "")


def test_integers_in_an_address_are_their_digits() -> None:
    sent = {"line1": "Main St", "line2": 4, "postal_code": 12345, "city": None}
    assert PARSER.parse(order(address=sent)).entities == PARSER.parse(order(address="Main St 4 12345")).entities


@pytest.mark.parametrize(("sent", "fraud"), [(True, True), (1, True), (1.0, True), ("true", True), ("True", True), ("1", True),
                                             ("yes", True), ("Y", True), ("t", True), ("no", False), ("N", False), ("f", False),
                                             (False, False), (0, False), ("false", False), (" FALSE ", False), ("0", False)])  # fmt: skip
def test_a_verdict_as_a_database_or_a_form_writes_it(sent: Any, fraud: bool) -> None:
    assert PARSER.parse(label(is_fraud=sent)).is_fraud is fraud


@pytest.mark.parametrize("field", ["account_id", "device_fingerprint", "payment_instrument", "merchant_id"])
def test_an_integer_is_the_id_of_its_digits(field: str) -> None:
    assert PARSER.parse(order(**{field: 2**53 + 1})) == PARSER.parse(order(**{field: "9007199254740993"}))
    assert PARSER.parse(order(event_id=12)).id_hash == PARSER.parse(label(subject_event_id=12)).subject_hash


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        (True, 1.0),
        (False, 0.0),
        ("true", 1.0),
        ("False", 0.0),
        ("3", 3.0),
        (" -1.5e2 ", -150.0),
        (None, math.nan),
        ("", math.nan),
        (" ", math.nan),
    ],
)
def test_a_numeric_attribute(sent: Any, number: float) -> None:
    assert PARSER.parse(order(attributes={"items": sent})).numeric[0] == pytest.approx(number, nan_ok=True)


@pytest.mark.parametrize("text", ["a\u2028b", "a\u00a0b", "a\u3000b", "\u2009"])
def test_spaces_of_all_kinds_may_be_in_an_attribute(text: str) -> None:
    assert PARSER.parse(order(attributes={"channel": text, "other": text})).time_ms == NOW - 1000


def test_a_categorical_attribute() -> None:
    def category(value: Any) -> int:
        return PARSER.parse(order(attributes={"channel": value})).categorical[0]

    assert category(True) == category("true") == Pseudonyms(b"test").of("attribute channel", "true") & 0xFFFFFFFF
    assert category(False) == category("false") != category(True)
    assert category(None) == category("") == category("  ") == 0 != category("web")


def test_the_reports_example_of_attributes_is_accepted_by_a_graph_that_reads_none() -> None:
    parser = EventParser(type(GRAPH)(), Pseudonyms(b"test"), now_ms=lambda: NOW)
    sent = parser.parse(order(attributes={"Is3D": False, "Jailbreak": True, "note": None}))
    assert repr(sent) == repr(parser.parse(without(order(), "attributes")))
