"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import re

HEAD_BYTES = 1 << 12
PARQUET, ZIP = "Parquet", "zip"
_EXPORT = "export the sheet as CSV"
_FRAME = "write it as Parquet or CSV"
_ARCHIVE = "unpack it and give its tables"

PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}
"""First bytes of one compressed file."""

_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", _EXPORT),
    (b"ORC", "an ORC file", _FRAME),
    (b"ARROW1", "an Arrow (Feather) file", _FRAME),
    (b"FEA1", "a Feather file", _FRAME),
    (b"\xff\xff\xff\xff", "an Arrow stream", _FRAME),
    (b"PARE", "an encrypted Parquet file", "decrypt it"),
    (b"Obj\x01", "an Avro file", _FRAME),
    (b"SQLite format 3\x00", "an SQLite database", "export its table as CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _FRAME),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _ARCHIVE),
    (b"Rar!\x1a\x07", "a RAR archive", _ARCHIVE),
    (b"\x1f\x9d", "a file of compress (.Z)", _ARCHIVE),
    (b"%PDF-", "a PDF", "ask for the table itself"),
    (b"RDX", "a file of R (.rda)", "write it with write.csv"),
    (b"X\n\x00\x00\x00", "a file of R (.rds)", "write it with write.csv"),
    (b"<stata_dta>", "a Stata file", _FRAME),
    (b"$FL2", "an SPSS file", _FRAME),
    (b"version https://git-lfs", "a Git LFS pointer, not the table", "fetch it with git lfs pull"),
)
_TEXTS: tuple[tuple[bytes, str, str], ...] = (
    (rb"<!doctype html|<html|<table|<head", "an HTML page, not a table", "download the file itself, or export it as CSV"),
    (rb"<\?xml|<[a-z][\w:.-]*[ >]", "XML", "turn it into CSV or Parquet"),
    (rb"[{\[]\s*[\[{\"}\]]", "JSON, not a table", "events as JSON lines need no import (docs/events.md); turn other JSON into CSV"),
    (rb"@relation\s", "an ARFF file", "turn it into CSV"),
    (rb"-- (mysql|mariadb|postgresql|sqlite)|create table|insert into|pragma foreign", "an SQL dump", "export the table as CSV"),
)


def packing(head: bytes) -> str | None:
    """Return how a file is compressed, None if it is not."""
    return next((name for magic, name in PACKED.items() if head.startswith(magic)), None)


def is_zip(head: bytes) -> bool:
    """Return whether the file is a zip archive (an Excel workbook is one, too)."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def unreadable_kind(head: bytes) -> tuple[str, str] | None:
    """Return the name and the mend of a file that holds no table as text; None if it may hold one."""
    for magic, name, mend in _KINDS:
        if head.startswith(magic):
            return name, mend
    if head[257:262] == b"ustar":
        return "a tar archive", _ARCHIVE
    if re.match(rb"\x80[\x02-\x05][\x95\x8cc(}\]q]", head):
        return "a Python pickle", _FRAME
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next(((name, mend) for pattern, name, mend in _TEXTS if re.match(pattern, start)), None)
