"""The bytes of a table file, unpacked as they are read, in bounded memory, and never without end."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from gnn.table_import.errors import TableError
from gnn.table_import.tables.content import HEAD_BYTES, is_zip, packing, unreadable_kind

FREE_BYTES = 1 << 28
"""As much may come out of any file, however small."""
RATIO = 200
"""A packed table grows by 3 to 50 times, one of equal rows by 100. DEFLATE reaches 1000, zstd far more."""
TABLE_NAMES = (".csv", ".tsv", ".txt", ".psv", ".tab", ".dat", ".data")
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowException, RuntimeError)


class Unpacked:
    """A stream that unpacks a file and ends with `TableError` where the file is damaged or a bomb."""

    def __init__(self, path: Path, stream: Any, packed_bytes: int | None) -> None:
        self._path, self._stream, self._packed, self._read = path, stream, packed_bytes, 0

    def read(self, size: int) -> bytes:
        """Return up to `size` next bytes, none at the end."""
        try:
            data: bytes = self._stream.read(size)
        except _DAMAGED as error:
            raise TableError(f"{self._path}: {_damage(error)}") from None
        self._read += len(data)
        if self._packed is not None and self._read > max(FREE_BYTES, RATIO * self._packed):
            raise TableError(
                f"{self._path}: unpacks to more than {RATIO} times its size ({self._packed:,} bytes), as a decompression bomb does; "
                "if it is a table of yours, unpack it and import the result"
            )
        return data

    def close(self) -> None:
        self._stream.close()


def open_unpacked(path: Path, member: str | None = None) -> tuple[Unpacked, str | None]:
    """Return the bytes of the text that a file holds, and how it is packed. Raises `TableError`.

    `member` names the file of a zip archive that is meant.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); give the path of a CSV or Parquet file") from None
    if is_zip(head):
        return _open_member(path, member)
    if member is not None:
        raise TableError(f"{path}: is no zip archive, so csv.member has no meaning; leave it out")
    how = packing(head)
    if how is None:
        _refuse(path, head, None)
        return Unpacked(path, path.open("rb"), None), None
    return _checked(path, lambda: _UNPACK[how](path), path.stat().st_size, how)


def _checked(path: Path, open_it: Callable[[], Any], packed_bytes: int, how: str) -> tuple[Unpacked, str]:
    """Return a stream after a look at what comes out of it first."""
    with closing(Unpacked(path, open_it(), packed_bytes)) as stream:
        head = stream.read(HEAD_BYTES)
    _refuse(path, head, how)
    return Unpacked(path, open_it(), packed_bytes), how


def _refuse(path: Path, head: bytes, how: str | None) -> None:
    """Raise `TableError` for what is no text of a table."""
    inside = f"holds, packed by {how}, " if how else "is "
    if found := unreadable_kind(head):
        name, mend = found
        raise TableError(f"{path}: {inside}{name}; {mend}")
    if how and (head.startswith(b"PAR1") or is_zip(head) or packing(head)):
        kind = "a Parquet file" if head.startswith(b"PAR1") else "another packed file"
        raise TableError(f"{path}: {inside}{kind}; unpack it")


def _open_member(path: Path, member: str | None) -> tuple[Unpacked, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            info = _member(path, archive, member)
        return _checked(path, lambda: _member_stream(path, info), max(info.compress_size, 1), f"zip (its file {info.filename})")
    except NotImplementedError:
        raise TableError(f"{path}: is a zip archive of an unusual method; unpack it and give its table") from None
    except (*_DAMAGED, ValueError) as error:
        raise TableError(f"{path}: {_damage(error)}") from None


def _member_stream(path: Path, info: zipfile.ZipInfo) -> Any:
    with zipfile.ZipFile(path) as archive:  # closing it leaves the member open
        return archive.open(info)


def _member(path: Path, archive: zipfile.ZipFile, wanted: str | None) -> zipfile.ZipInfo:
    """Return the one table of an archive."""
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
    names = [info.filename for info in infos]
    for part, kind in {"xl/workbook.xml": "an Excel workbook (.xlsx)", "xl/workbook.bin": "an Excel workbook (.xlsb)"}.items():
        if part in names:
            raise TableError(f"{path}: is {kind}; export the sheet as CSV")
    if "content.xml" in names and "mimetype" in names:
        raise TableError(f"{path}: is an OpenDocument file; export the sheet as CSV")
    chosen = [info for info in infos if wanted in (info.filename, Path(info.filename).name)] if wanted else infos
    if len(chosen) > 1 and not wanted:
        chosen = [info for info in infos if info.filename.lower().endswith(TABLE_NAMES)] or infos
    if len(chosen) == 1:
        if chosen[0].flag_bits & 1:
            raise TableError(f"{path}: is an encrypted zip archive; unpack it and give its table")
        return chosen[0]
    if not infos:
        raise TableError(f"{path}: is an empty zip archive; give the table itself")
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    if wanted:
        raise TableError(f"{path}: holds no file {wanted!r} (csv.member); it holds {listed}")
    raise TableError(f"{path}: is a zip archive of {len(infos)} files ({listed}); name one in csv.member, or unpack it")


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or Path(name).name.startswith(".")


def _damage(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "is cut off: its compressed data ends too early; copy it again"
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return f"is damaged ({said[:80]}); copy it again, or unpack it yourself"


def _arrow(codec: str) -> Callable[[Path], BinaryIO]:
    return lambda path: pa.CompressedInputStream(pa.OSFile(str(path)), codec)


_UNPACK: dict[str, Callable[[Path], Any]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
    "zstd": _arrow("zstd"),
    "lz4": _arrow("lz4"),
}
