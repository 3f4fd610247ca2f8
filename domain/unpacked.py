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

_HEAD = 8  # bytes that tell what a file is
_OPENERS = ((b"\x1f\x8b\x08", gzip.open), (b"BZh", bz2.open))
_NO_LINES = (
    (b"PK\x03\x04", "is no file of lines but a zip archive: unpack it"),
    (b"PAR1", "is no file of lines but a Parquet table: bring it in with ringwatch import, or name the files beside it"),
    (b"\xfd7zXZ", "is packed as xz, which is not read: unpack it, or pack it with gzip"),
    (b"(\xb5/\xfd", "is packed as zst, which is not read: unpack it, or pack it with gzip"),
)


def is_packed(path: Path) -> bool:
    """Return whether a file is a gzip or bzip2 archive."""
    return _opener(_head(path)) is not None


def why_no_lines(path: Path) -> str:
    """Return what a file is in place of lines, with the mend; empty if its lines can be read."""
    return _why_no_lines(_head(path))


@contextmanager
def open_unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or what it packs. Raise `SettingError` for what is damaged or holds no lines."""
    with path.open("rb") as file, unpacked(file, path) as found:
        yield found


@contextmanager
def unpacked(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """Read an open file, or what it packs, from its beginning. `path` names it in errors."""
    head = file.read(_HEAD)
    file.seek(0)
    if why := _why_no_lines(head):
        raise SettingError(f"{path} {why}")
    opener = _opener(head)
    try:
        if opener is None:
            yield file
        else:
            with opener(file, "rb") as found:
                yield found
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
        return file.read(_HEAD)


def _why_no_lines(head: bytes) -> str:
    return next((why for magic, why in _NO_LINES if head.startswith(magic)), "")


def _opener(head: bytes) -> Callable[..., Any] | None:
    opener = next((opener for magic, opener in _OPENERS if head.startswith(magic)), None)
    return None if opener is bz2.open and head[4:] != b"1AY&" else opener
