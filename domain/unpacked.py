"""The bytes of files of lines, whether they are packed or not.

What a file is, its first bytes say, not its name. The job reads, refuses and cuts the same
(`flink_job/java/Unpacked.java`, `LineCutter.java`).
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from domain.errors import SettingError

_OPENERS = ((b"\x1f\x8b\x08", gzip.open), (b"BZh", bz2.open))
_NO_LINES = (
    (b"PK\x03\x04", "is no file of lines but a zip archive: unpack it"),
    (b"PAR1", "is no file of lines but a Parquet table: bring it in with ringwatch import"),
    (b"\xfd7zXZ", "is packed as xz, which is not read: unpack it, or pack it with gzip"),
    (b"(\xb5/\xfd", "is packed as zst, which is not read: unpack it, or pack it with gzip"),
)


def is_packed(path: Path) -> bool:
    """Return whether a file is a gzip or bzip2 archive."""
    return _opener(_head(path)) is not None


def why_no_lines(path: Path) -> str:
    """Return what a file is in place of lines, with the mend; empty if its lines can be read."""
    head = _head(path)
    return next((why for magic, why in _NO_LINES if head.startswith(magic)), "")


@contextmanager
def open_unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or what it packs. Raise `SettingError` for what is damaged or holds no lines."""
    if why := why_no_lines(path):
        raise SettingError(f"{path} {why}")
    opener = _opener(_head(path))
    try:
        with path.open("rb") if opener is None else opener(path, "rb") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SettingError(f"{path} is a packed file that is damaged or not whole ({error}): pack it anew") from None


def last_bytes(path: Path, most: int) -> bytes:
    """Return the end of a file; of an archive the end of what it packs, for which it is read whole."""
    with open_unpacked(path) as file:
        if not is_packed(path):
            file.seek(max(0, path.stat().st_size - most))
            return file.read()
        end = b""
        while block := file.read(1 << 20):
            end = (end + block)[-most:]
        return end


def without_end(line: bytes) -> bytes:
    """Return a line without its end, LF or CRLF. A CR alone ends no line: in JSON it is white space."""
    return line[:-2] if line.endswith(b"\r\n") else line.removesuffix(b"\n")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _opener(head: bytes) -> Callable[..., Any] | None:
    opener = next((opener for magic, opener in _OPENERS if head.startswith(magic)), None)
    return None if opener is bz2.open and head[4:] != b"1AY&" else opener
