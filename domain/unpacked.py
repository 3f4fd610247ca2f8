"""The bytes of files of lines, whether they are packed or not.

What a file is, its first bytes say, not its name: so does the job (`flink_job/java/Lines.java`).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from domain.errors import SettingError

_OPENERS = ((b"\x1f\x8b\x08", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open))


def is_packed(path: Path) -> bool:
    """Return whether a file is a gzip, bzip2 or xz archive."""
    return _opener(path) is not None


@contextmanager
def open_unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or what it packs, for reading bytes. Raise `SettingError` for a damaged archive."""
    opener = _opener(path)
    try:
        with path.open("rb") if opener is None else opener(path, "rb") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
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


def _opener(path: Path) -> Callable[..., Any] | None:
    with path.open("rb") as file:
        head = file.read(8)
    opener = next((opener for magic, opener in _OPENERS if head.startswith(magic)), None)
    return None if opener is bz2.open and head[4:] != b"1AY&" else opener
