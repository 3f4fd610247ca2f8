"""Packed files of lines."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import SettingError
from domain.unpacked import is_packed, last_bytes, open_unpacked
from gnn.history.replay import count_lines, event_lines

TEXT = b"".join(b"line %d\n" % number for number in range(50_000))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_a_file_is_read_for_what_it_is_whatever_its_name(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    for name in ("e.jsonl", "e.jsonl.gz"):
        (tmp_path / name).write_bytes(pack(TEXT))
        with open_unpacked(tmp_path / name) as file:
            assert file.read() == TEXT
        assert last_bytes(tmp_path / name, 100) == TEXT[-100:]
        assert is_packed(tmp_path / name) == (pack is not bytes)
        assert list(event_lines([tmp_path / name])) == TEXT.splitlines()
        assert count_lines([tmp_path / name]) == 50_000


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_damaged_archive_is_named(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "e.gz").write_bytes(pack(TEXT)[:-20])
    with pytest.raises(SettingError, match=r"e\.gz is a packed file that is damaged or not whole"):
        list(event_lines([tmp_path / "e.gz"]))


def test_text_that_begins_like_an_archive_is_text(tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(b"BZh is no archive\n")
    assert list(event_lines([tmp_path / "e"])) == [b"BZh is no archive"]
