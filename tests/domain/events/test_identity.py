"""Pseudonyms and spellings: what is one entity, what is two, and that nobody can be recognised without the
key.
"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.identity import ADDRESS_PARTS, MISSING, Pseudonyms, as_text, normalise_address
from domain.graph import ENTITY_FIELDS

KINDS = tuple(ENTITY_FIELDS)
WORDS = st.text(st.characters(codec="utf-8", categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=8)
ADDRESSES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Po", "No"]), min_size=1, max_size=40)
"""None that could look like an IP address, which is refused where it is none."""

SAME = [
    ("12 Main Street", "12 main st."),
    ("12, Main Str", "12 MAIN ST"),
    ("Hauptstraße 5, 10115 Berlin", "HAUPTSTRASSE 5 10115 berlin"),
    ("Hauptstr. 5 10115 Berlin", "Haupt Straße 5, 10115 Berlin"),
    ("5 Avenue de l'Opéra", "5 av. de l opera"),
    ("Apartment 4, 9 North Road", "Unit 4; 9 N Rd"),
    ("№ 7 Boulevard Ney", "no 7 blvd ney"),
    ("ＡＢＣ １２", "abc 12"),
    ("9\u00a0Oak\tLane\n", "9 Oak Ln"),
    ("ﬁrst Place 1", "First PL 1"),
    ("İstanbul Suite 3", "istanbul ste 3"),
    ("12 Cafe\u0301 Court", "12 Café Ct"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_place(one: str, other: str) -> None:
    assert normalise_address(one) == normalise_address(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Main St", "13 Main St"),
        ("12 Main St", "1 2 Main St"),
        ("12 Main St Apt 4", "12 Main St Apt 5"),
        ("12 Main St", "12 Main Ave"),
        ("12 Main St Springfield", "12 Main St Shelbyville"),
        ("1 North St", "1 South St"),
        ("12 Main St 10001", "12 Main St 10002"),
    ],
)
def test_different_places(one: str, other: str) -> None:
    assert normalise_address(one) != normalise_address(other)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(ADDRESS_PARTS), st.none() | WORDS))
def test_the_parts_of_an_address_equal_their_text(parts: dict[str, str | None]) -> None:
    text = ", ".join(parts[name] or "" for name in ADDRESS_PARTS if parts.get(name))
    assert normalise_address(parts) == normalise_address(text)


@settings(deadline=None)
@given(ADDRESSES)
def test_case_punctuation_and_unicode_form_do_not_matter(address: str) -> None:
    plain = normalise_address(address)
    assert normalise_address(address.casefold()) == plain
    assert normalise_address(f"  {address.replace(' ', ' ,-; ')}. ") == plain
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normalise_address(unicodedata.normalize(form, address)) == plain


@settings(deadline=None)
@given(ADDRESSES)
def test_a_spelling_holds_words_only(address: str) -> None:
    words = normalise_address(address).split(" ")
    assert all(word == word.casefold() and word.isalnum() for word in words)


@settings(deadline=None)
@given(st.integers(1, 9999), st.integers(1, 9999), ADDRESSES)
def test_another_house_number_is_another_address(one: int, other: int, street: str) -> None:
    assert (normalise_address(f"{one} {street}") == normalise_address(f"{other} {street}")) is (one == other)


def test_which_identifiers_keep_their_case() -> None:
    pseudonyms = Pseudonyms(b"one")
    for kind in ("account", "payment", "merchant"):
        assert pseudonyms.form(kind)(" aB ") == "aB"
    for kind in ("email", "ip", "device"):
        assert pseudonyms.form(kind)(" aB ") == "ab"


@settings(deadline=None)
@given(st.sampled_from(KINDS), TEXTS)
def test_a_pseudonym_is_a_64_bit_number_other_than_missing(kind: str, value: str) -> None:
    key = Pseudonyms(b"one").of(kind, value)
    assert MISSING < key < 1 << 64
    assert key == Pseudonyms(b"one").of(kind, value), "the replay must find the job's pseudonyms again"
    assert int(as_text(key), 16) == key
    assert len(as_text(key)) == 16


@settings(deadline=None)
@given(TEXTS)
def test_another_key_and_another_kind_give_other_pseudonyms(value: str) -> None:
    one, other = Pseudonyms(b"one"), Pseudonyms(b"two")
    assert all(one.of(kind, value) != other.of(kind, value) for kind in KINDS)
    keys = {kind: one.of(kind, value) for kind in KINDS}
    assert len(set(keys.values())) == len(KINDS)
    assert one.of_text("event", value) not in keys.values()


def test_kind_and_value_cannot_run_into_each_other() -> None:
    pseudonyms = Pseudonyms(b"one")
    assert pseudonyms.of_text("ab", "c") != pseudonyms.of_text("a", "bc")


def test_an_all_zero_hash_would_not_be_taken_for_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Zeros:
        def __init__(self, *_: object, digest_size: int, **__: object) -> None:
            self.size = digest_size

        def digest(self) -> bytes:
            return bytes(self.size)

    pseudonyms = Pseudonyms(b"one")
    monkeypatch.setattr("domain.events.identity.pseudonyms.hashlib.blake2b", Zeros)
    assert pseudonyms.of_text("account", "x") == 1


def test_pseudonyms_spread_over_all_bits() -> None:
    pseudonyms = Pseudonyms(b"one")
    keys = [pseudonyms.of("account", f"a{i}") for i in range(2000)]
    assert len(set(keys)) == 2000
    for bit in range(64):
        assert 850 < sum(key >> bit & 1 for key in keys) < 1150


def test_an_empty_key_is_refused_with_the_variable_to_set() -> None:
    with pytest.raises(ValueError, match="RINGWATCH_PSEUDONYM_KEY"):
        Pseudonyms(b"")
