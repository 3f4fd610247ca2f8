"""Signed records: what is accepted, what is refused, and that nothing of a key or a value is shown."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.control.signature import ControlKeys
from domain.events.event import Rejected

OPS, DESK = b"the key of operations", b"the key of the desk"
KEYS = ControlKeys({"ops": OPS, "desk": DESK})
RULE: dict[str, Any] = {"control": "rule", "id": "R7", "version": 3, "text": "größer", "when": {"b": [1.5, None], "a": True}}


def refused(document: dict[str, Any], keys: ControlKeys = KEYS) -> str:
    with pytest.raises(Rejected) as caught:
        keys.check(document)
    assert caught.value.field == "signature"
    return caught.value.reason


def test_the_example_of_the_docs() -> None:
    """What a program in another language must come to."""
    text = '{"control":"rule","id":"R7","text":"gr\\u00f6\\u00dfer","version":3,"when":{"a":true,"b":[1.5,null]}}'
    mac = hmac.new(OPS, text.encode(), hashlib.sha256).hexdigest()
    assert KEYS.signed(RULE, "ops") == RULE | {"signature": {"key": "ops", "mac": mac}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda name: name != "signature"), JSON, max_size=5),
    st.sampled_from(["ops", "desk"]),
    st.randoms(),
)
def test_what_is_signed_is_accepted_in_any_order_of_fields(document: dict[str, Any], name: str, chance: Any) -> None:
    read = json.loads(json.dumps(KEYS.signed(document, name), ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 2])))
    fields = list(read.items())
    chance.shuffle(fields)
    KEYS.check(dict(fields))


@pytest.mark.parametrize(
    "change", [{"version": 4}, {"text": "grösser"}, {"when": {"a": True, "b": [1.5]}}, {"more": None}, {"version": 3.5}, {"version": True}]
)
def test_a_changed_record_is_refused(change: dict[str, Any]) -> None:
    assert "does not fit the record" in refused(KEYS.signed(RULE, "ops") | change)


def test_another_jobs_key_of_the_same_name_does_not_fit() -> None:
    assert "with the key that the job has" in refused(KEYS.signed(RULE, "ops"), ControlKeys({"ops": b"another key of operations"}))


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (None, "it is missing; sign the record: ringwatch sign FILE --key ops"),
        ("secret", "an object of key and mac is wanted, not a string"),
        ({}, "an object of key and mac is wanted"),
        ({"key": "ops"}, "not one of key"),
        ({"key": "ops", "mac": "0" * 64, "alg": "none"}, "not one of key, mac, alg"),
        ({"key": "root", "mac": "0" * 64}, "key root is not among job.control_keys; sign with ops or desk"),
        ({"key": "anna@example.org", "mac": "0" * 64}, "key a field is not"),
        ({"key": ["ops"], "mac": "0" * 64}, "key an array is not"),
        ({"key": "ops", "mac": "0" * 63}, "mac must be 64 digits"),
        ({"key": "ops", "mac": "A" * 64}, "mac must be 64 digits"),
        ({"key": "ops", "mac": 5}, "mac must be 64 digits"),
        ({"key": "ops", "mac": "é" * 64}, "mac must be 64 digits"),
        ({"key": "ops", "mac": "0" * 64}, "does not fit"),
    ],
)
def test_what_is_no_signature_is_named(signature: Any, words: str) -> None:
    said = refused(RULE if signature is None else RULE | {"signature": signature})
    assert words in said
    assert "secret" not in said
    assert "anna" not in said


def test_a_record_is_signed_anew() -> None:
    twice = KEYS.signed(KEYS.signed(RULE, "ops"), "desk")
    assert twice == KEYS.signed(RULE, "desk")
    KEYS.check(twice)


def test_an_entry_is_signed_with_the_key_that_is_named_last_and_holds_by_any() -> None:
    both = ControlKeys({"ops": b"the key of operations", "ops2": b"the next key of operations"})
    old, new = KEYS.entry_signature("x:alerts", "{}"), both.entry_signature("x:alerts", "{}")
    assert new.startswith("ops2:")
    assert both.holds_entry("x:alerts", "{}", new)
    assert not KEYS.holds_entry("x:alerts", "{}", new)
    assert KEYS.holds_entry("x:alerts", "{}", old)


@pytest.mark.parametrize(
    ("stream", "text", "signature"),
    [
        ("x:incidents", "{}", None), ("y:alerts", "{}", None), ("x:alerts", "{ }", None), ("x:alerts", "{}", ""),
        ("x:alerts", "{}", "ops:"), ("x:alerts", "{}", "root:" + "0" * 64), ("x:alerts", "{}", "ops:\udc80\u00e9"),
    ],
)  # fmt: skip
def test_an_entry_of_another_stream_or_text_does_not_hold(stream: str, text: str, signature: str | None) -> None:
    known = KEYS.entry_signature("x:alerts", "{}")
    assert not KEYS.holds_entry(stream, text, known if signature is None else signature)


def test_a_signature_of_a_record_is_none_of_an_entry() -> None:
    signed = KEYS.signed(RULE, "ops")["signature"]
    text = json.dumps(RULE, sort_keys=True, separators=(",", ":"))
    assert not KEYS.holds_entry("", text, f"ops:{signed['mac']}")
