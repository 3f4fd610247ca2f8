"""Notices of a source, and that no record can pass for one."""

from __future__ import annotations

import pytest

from domain.events.notice import MARK, SourceNotice, bytes_of

GONE = '{"partition":"orders-0","position":10,"goes_on_at":15,"missing":5,"reason":"position 10 of orders-0 is gone"}'


def notice_of(text: str) -> SourceNotice:
    with pytest.raises(SourceNotice) as found:
        bytes_of(text)
    return found.value


def test_a_notice_has_a_reason_and_may_have_details() -> None:
    found = notice_of(MARK + GONE)
    assert (found.field, str(found)) == ("source", "source: position 10 of orders-0 is gone")
    assert found.details == {"partition": "orders-0", "position": 10, "goes_on_at": 15, "missing": 5}


@pytest.mark.parametrize("text", ["f is gone", "{f is gone", "[]", "7", "{}", '"x"', "null"])
def test_other_text_is_the_reason(text: str) -> None:
    found = notice_of(MARK + text)
    assert (found.reason, found.details) == (text, {})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_no_bytes_make_a_notice(encoding: str) -> None:
    raw = (MARK + GONE).encode(encoding)
    assert bytes_of(raw.decode("latin-1")) == raw
    assert ord(MARK) > 0xFF


def test_every_byte_comes_through() -> None:
    assert bytes_of(bytes(range(256)).decode("latin-1")) == bytes(range(256))
    assert bytes_of(None) == b""
