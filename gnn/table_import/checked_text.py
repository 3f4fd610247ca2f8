"""A file read as bytes, with each byte checked to be part of UTF-8 text before anything else sees it."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pyarrow as pa


class NotTextError(UnicodeError):
    """Bytes that are no UTF-8; `line` counts from 1, the header."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not UTF-8")
        self.line = line


class CheckedText:
    """The bytes of a file, unpacked if it is compressed.

    Arrow reads it block by block. Raises `NotTextError`.
    """

    closed = False

    def __init__(self, path: Path) -> None:
        self._stream: Any = pa.input_stream(str(path))
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._line = 1

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        data: bytes = self._stream.read(None if size < 0 else size)
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise NotTextError(self._line + error.object[: error.start].count(b"\n")) from None
        self._line += data.count(b"\n")
        return data

    def close(self) -> None:
        self.closed = True
        self._stream.close()
