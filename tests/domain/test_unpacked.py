"""Packed files of lines."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import SettingError
from domain.unpacked import is_packed, last_bytes, open_unpacked, why_no_lines
from gnn.history.replay import count_lines, event_lines

TEXT = b"".join(b"line %d\n" % number for number in range(50_000))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, bytes])
def test_a_file_is_read_for_what_it_is_whatever_its_name(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    for name in ("e.jsonl", "e.jsonl.gz"):
        (tmp_path / name).write_bytes(pack(TEXT))
        with open_unpacked(tmp_path / name) as file:
            assert file.read() == TEXT
        assert last_bytes(tmp_path / name, 100) == TEXT[-100:]
        assert is_packed(tmp_path / name) == (pack is not bytes)
        assert list(event_lines([tmp_path / name])) == TEXT.splitlines()
        assert count_lines([tmp_path / name]) == 50_000


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_damaged_archive_is_named(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "e.gz").write_bytes(pack(TEXT)[:-20])
    with pytest.raises(SettingError, match=r"e\.gz is a packed file that is damaged or not whole"):
        list(event_lines([tmp_path / "e.gz"]))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lzma.compress(TEXT), "is packed as xz, which is not read: unpack it, or pack it with gzip"),
        (b"(\xb5/\xfd" + TEXT, "is packed as zst"),
        (b"PK\x03\x04" + TEXT, "is no file of lines but a zip archive: unpack it"),
        (b"PAR1" + TEXT, "is no file of lines but a Parquet table: bring it in with ringwatch import, or name the files beside it"),
    ],
)
def test_what_the_job_does_not_read_is_refused(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_bytes(content)
    with pytest.raises(SettingError, match=f"e.jsonl {why}"):
        list(event_lines([tmp_path / "e.jsonl"]))
    assert why_no_lines(tmp_path / "e.jsonl").startswith(why)


def test_text_that_begins_like_an_archive_is_text(tmp_path: Path) -> None:
    (tmp_path / "e").write_bytes(b"BZh is no archive\n")
    assert list(event_lines([tmp_path / "e"])) == [b"BZh is no archive"]
