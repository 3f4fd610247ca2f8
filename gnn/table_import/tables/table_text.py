"""The text of a CSV file as UTF-8, whatever encoding it is in; Arrow reads it block by block."""

from __future__ import annotations

import atexit
import codecs
import re
import time
from threading import Lock
from typing import Any
from weakref import WeakSet

from gnn.table_import.tables.encodings import marked, mixed, recognised, shown_letters
from gnn.table_import.tables.open_quotes import OpenQuotes

LOOK_BYTES = 1 << 20
"""From the first byte beyond ASCII on: as much is looked at to recognise the encoding."""
LONGEST_LINE = 1 << 23
"""Bytes of a line that are kept together: more than a row may have."""
_SPACES = re.compile(rb"[ \t]+")
_ESCAPED = re.compile(rb'(?:^|[,;|\t])"[^"\n]*\\"(?=[^,;|\t\r\n"])')


class NotTextError(UnicodeError):
    """Bytes that are no text of the encoding; `line` counts from 1, the header."""

    def __init__(self, line: int, encoding: str, maybe: tuple[str, ...] = ()) -> None:
        super().__init__(f"line {line} is not {encoding}")
        self.line, self.encoding, self.maybe = line, encoding, maybe


class EscapedQuoteError(ValueError):
    """A quote with a backslash before it, in a field in quotes, where no escape is set."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} has an escaped quote")
        self.line = line


class TableText:
    """The text of a stream of bytes, as UTF-8.

    Without `encoding`, a byte order mark decides, or the pattern of zero bytes. Otherwise it is UTF-8, or,
    from the first byte beyond ASCII on, what the next megabyte is recognised as. All bytes before are the
    same in both, so that nothing needs to be read twice. What is wrong is in `error`: `NotTextError`,
    `EscapedQuoteError`, `OpenQuoteError` where `quotes` checks, or what the stream raises.
    """

    closed = False

    def __init__(
        self, stream: Any, encoding: str | None, find_escapes: bool, is_spaced: bool = False, quotes: OpenQuotes | None = None
    ) -> None:
        """Note how to read; `is_spaced` makes a tab of every run of spaces, none at the ends of lines."""
        self._stream, self._ready, self._ended, self._line, self._find_escapes = stream, b"", False, 1, find_escapes
        self._wanted, self._sure = encoding, encoding is not None
        self._is_spaced, self._begun, self._quotes = is_spaced, b"", quotes
        self._lock = Lock()
        self.drained = False
        """Whether a reader has met the end, after which it does not read on."""
        self.error: Exception | None = None
        """Why the text ends before its end."""
        self.letters = ""
        """Letters beyond ASCII, as recognised; empty for UTF-8 and where the mapping names the encoding."""
        self.encoding = encoding or "utf-8"
        self._decoder: codecs.IncrementalDecoder | None = None
        _OPENED.add(self)

    def _start(self) -> None:
        head = self._stream.read(4096)
        found = marked(head)
        if found is not None and (self._wanted is None or _same_family(self._wanted, found[0])):
            (self.encoding, skip), self._sure = found, True
            head = head[skip:]
        self._decoder = codecs.getincrementaldecoder(self.encoding)()
        self._plain = self.encoding == "utf-8"
        self._take(head, final=False)

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes of text as UTF-8, fewer at the end, none after it or an `error`.

        Arrow calls it from a thread of its own, also while the reader is being closed, and does not get
        over an exception there: none is raised.
        """
        with self._lock:
            text = b""
            if not self.closed and self.error is None:
                try:
                    text = self._next(size)
                except Exception as error:
                    self.error = error
            self.drained = not text
            return text

    def _next(self, size: int) -> bytes:
        size = LOOK_BYTES if size < 0 else size
        if self._decoder is None:
            self._start()
        while len(self._ready) < size and not self._ended:
            data = self._stream.read(size - len(self._ready))
            self._ended = not data
            self._take(data, final=self._ended)
        text, self._ready = self._ready[:size], self._ready[size:]
        return text

    def _take(self, data: bytes, final: bool) -> None:
        """Make text of the next bytes of the stream."""
        if not self._sure and not data.isascii():
            data += self._stream.read(LOOK_BYTES)
            self._recognise(data)
        text = self._decoded(data, final)
        self._check_escapes(text)
        self._line += text.count(b"\n")
        text = self._tabbed(text, final) if self._is_spaced else text
        self._ready += text if self._quotes is None else self._quotes.passed(text, final)

    def _tabbed(self, text: bytes, final: bool) -> bytes:
        """Return the whole lines of the text, tabs between fields; the last one waits for its end."""
        text = self._begun + text
        end = len(text) if final or len(text) > LONGEST_LINE else text.rfind(b"\n") + 1
        text, self._begun = text[:end], text[end:]
        text = _SPACES.sub(b"\t", text).replace(b"\n\t", b"\n").replace(b"\t\n", b"\n").replace(b"\t\r\n", b"\r\n")
        return text.strip(b"\t")

    def close(self) -> None:
        with self._lock:
            self.closed = True
            self._stream.close()

    def _recognise(self, data: bytes) -> None:
        """Settle the encoding at the first bytes beyond ASCII."""
        self._sure = True
        try:
            codecs.getincrementaldecoder("utf-8")().decode(data)
        except UnicodeDecodeError as error:
            line = self._line + data[: error.start].count(b"\n")
            if mixed(data):
                raise NotTextError(line, "utf-8") from None
            found, maybe = recognised(data)
            if found is None:
                raise NotTextError(line, "utf-8", maybe) from None
            self.encoding, self._plain = found, False
            self._decoder = codecs.getincrementaldecoder(found)()
            self.letters = shown_letters(codecs.getincrementaldecoder(found)("replace").decode(data))

    def _decoded(self, data: bytes, final: bool) -> bytes:
        try:
            text = self._decoder.decode(data, final)  # type: ignore[union-attr]
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self.encoding, "replace")
            raise NotTextError(self._line + before.count("\n"), self.encoding) from None
        return data if self._plain else text.encode()

    def _check_escapes(self, text: bytes) -> None:
        if not self._find_escapes or b'\\"' not in text:
            return
        for number, line in enumerate(text.split(b"\n")):
            if b'\\"' in line and _ESCAPED.search(line):
                raise EscapedQuoteError(self._line + number)


_OPENED: WeakSet[TableText] = WeakSet()
_DRAIN_S, _LEAVE_S = 0.25, 0.02


@atexit.register
def _let_readers_end() -> None:
    """Give Arrow's threads the end of every text: one that enters Python at its exit aborts the process.

    A reader that is dropped still reads once more; one whose queue is full does not, so the wait has a limit.
    """
    texts = list(_OPENED)
    for text in texts:
        text.close()
    until = time.monotonic() + _DRAIN_S
    while not all(text.drained for text in texts) and time.monotonic() < until:
        time.sleep(0.005)
    if texts:
        time.sleep(_LEAVE_S)  # a thread that has met the end is still about to leave


def _same_family(wanted: str, found: str) -> bool:
    """Return whether a mark shows what the mapping means: `utf-16` leaves the order of bytes to the mark."""
    return wanted.replace("_", "-").split("-")[:2] == found.split("-")[:2]
