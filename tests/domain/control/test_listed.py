"""Files of lists: what a line may be, and how many there may be."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from domain.control import listed as listed_module
from domain.control.listed import read_list
from domain.events.event import Rejected
from tests.support.control_samples import PSEUDONYMS, listed

DOCUMENT = listed(entity=None, file="f.txt", kind="device")
HEX = "9c41aa00bb11cc22"


def keys(tmp_path: Path, content: bytes, **changes: object) -> list[int]:
    (tmp_path / "f.txt").write_bytes(content)
    return read_list(tmp_path / "f.txt", {**DOCUMENT, **changes}, PSEUDONYMS).keys.tolist()


def test_lines_are_values_with_or_without_the_kind(tmp_path: Path) -> None:
    expected = sorted(PSEUDONYMS.of("device", value) for value in ("d1", "d2"))
    for content in (b"d1\nd2", b"\xef\xbb\xbfd1\r\ndevice:d2\r\n", b"d2\n\n  d1  \nd1\n"):
        assert keys(tmp_path, content) == expected


def test_sixteen_digits_are_a_pseudonym_only_where_the_record_says_so(tmp_path: Path) -> None:
    assert keys(tmp_path, HEX.encode()) == [PSEUDONYMS.of("device", HEX)]
    assert keys(tmp_path, f"device:{HEX}".encode(), pseudonyms=True) == [int(HEX, 16)]
    with pytest.raises(Rejected, match="file: line 2 is no pseudonym of 16 hexadecimal digits"):
        keys(tmp_path, f"{HEX}\n{HEX.upper()}".encode(), pseudonyms=True)


def test_there_are_no_more_entries_than_all_lists_may_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed_module, "MAX_ENTRIES", 3)
    assert len(keys(tmp_path, b"a\nb\nc\n")) == 3
    with pytest.raises(Rejected, match="file: more than 3 entries"):
        keys(tmp_path, b"a\nb\nc\nd\n")


def test_the_digest_is_of_the_entities_not_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_text("d1\nd2\n")
    first = read_list(path, DOCUMENT, PSEUDONYMS)
    path.write_text("d2\nd2\nd1")
    again = read_list(path, DOCUMENT, PSEUDONYMS)
    assert first.digest == again.digest
    assert np.array_equal(first.keys, again.keys)
    path.write_text("d1\n")
    assert read_list(path, DOCUMENT, PSEUDONYMS).digest != first.digest


def test_reading_ends_when_the_task_is_cancelled(tmp_path: Path) -> None:
    def cancelled() -> None:
        raise RuntimeError("cancelled")

    (tmp_path / "f.txt").write_text("\n".join(f"d{number}" for number in range(5000)))
    with pytest.raises(RuntimeError, match="cancelled"):
        read_list(tmp_path / "f.txt", DOCUMENT, PSEUDONYMS, cancelled)


def test_only_a_file_of_the_disk_is_read_which_has_an_end(tmp_path: Path) -> None:
    """Who opens a pipe without a writer waits for ever, and a device never ends."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    for name in ("pipe", "link", "zeros", "."):
        with pytest.raises(Rejected, match="file: a file of lines is wanted, not a folder, pipe or device"):
            read_list(tmp_path / name, DOCUMENT, PSEUDONYMS)
    (tmp_path / "good").symlink_to(tmp_path / "f.txt")
    (tmp_path / "f.txt").write_text("d1\n")
    assert len(read_list(tmp_path / "good", DOCUMENT, PSEUDONYMS).keys) == 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_line_and_a_file_are_bounded_packed_or_not(
    pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Rejected, match="file: line 2 has more than 1,024 bytes; write one value a line"):
        keys(tmp_path, pack(b"d1\n" + b"x" * 5_000_000))
    monkeypatch.setattr(listed_module, "_MAX_FILE", 4096)
    assert len(keys(tmp_path, pack(b"d1\n" + b"\n" * 4093))) == 1
    with pytest.raises(Rejected, match=r"file: .*a list's file has at most"):
        keys(tmp_path, pack(b"d1\n" + b"\n" * 5_000_000))
