"""JSON of an entry: text stays as it is, what is no text is replaced, what nothing can hold is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.json_text import as_json, as_unicode_json
from ops.case_feed.documents import MOST_DEPTH, document_of
from ops.redis.entry import Entry

TEXTS = st.text(st.sampled_from('a\\u"\0\ud800\udc00\udbff\udfff\ufffd0d8\U0001f600'), max_size=12)


def read(text: str) -> dict[str, Any]:
    return document_of(Entry("incidents", "1-0", {"json": text}))


def plain(text: str) -> str:
    """Replace letter by letter what is no text; halves that follow each other are one letter in JSON."""
    whole = json.loads(as_json(text))
    return "".join("\ufffd" if letter == "\0" or "\ud800" <= letter <= "\udfff" else letter for letter in whole)


@given(st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_what_is_no_text_is_replaced_and_nothing_else(document: dict[str, str]) -> None:
    expected = {plain(key): plain(value) for key, value in document.items()}
    assert read(as_json(document)) == expected
    as_unicode_json(read(as_json(document))).encode()


def test_escapes_in_capitals_are_read_as_well() -> None:
    assert read(r'{"a": "\uD83D\uDE00 \uD83D \uDE00 \\uD83D"}') == {"a": "\U0001f600 \ufffd \ufffd \\uD83D"}


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"a": NaN}', '{"a": [-Infinity]}', '{"a": 1e999}', '{"a": ' + "1" * 5000 + "}"])
def test_what_nothing_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^its|digits"):
        read(text)


def test_depth_is_bounded() -> None:
    for depth, fits in ((MOST_DEPTH - 1, True), (MOST_DEPTH, False), (900, False), (100_000, False)):
        text = '{"a":' + "[" * depth + "]" * depth + "}"
        if fits:
            read(text)
        else:
            with pytest.raises(ValueError):
                read(text)
