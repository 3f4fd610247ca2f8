"""Quotes that are never closed: the rows between such a quote and the next one would become one field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

LONGEST_ROW = 1 << 23
"""Bytes of text in which a quote must be closed: no longer row can be read."""
_FEW = 2
"""Delimiters of a row from which on lines of text do not have as many by chance."""


@dataclass(frozen=True)
class QuoteStyle:
    """How a CSV file quotes and separates; all are single characters."""

    delimiter: bytes
    quote: bytes
    escape: bytes = b""
    skipped: int = 0
    """Lines above the header."""


class OpenQuoteError(ValueError):
    """A quote that is not closed where its row ends.

    `line` counts from 1. The text ends within the field, or, where `rows` is not 0, the field holds so many
    lines that are rows.
    """

    def __init__(self, line: int, rows: int) -> None:
        super().__init__(f"line {line} has an open quote")
        self.line, self.rows = line, rows


class OpenQuotes:
    """A check of text block by block, on its way to the reader.

    Text without quotes passes at the cost of a search for one. Elsewhere numpy finds the lines with an odd
    number of quotes, or one within a text, and only these are read field by field.
    """

    def __init__(self, style: QuoteStyle, on_rows: Callable[[Sequence[bytes]], None] | None = None) -> None:
        """Note how to read; `on_rows` takes the lines that are left out, without it they are an error."""
        self._style, self._on_rows = style, on_rows
        self._held, self._line, self._skip, self._width = b"", 1, style.skipped, -1
        self._end = b""
        mark, stop, literal = re.escape(style.quote), re.escape(style.delimiter) + rb"\r\n", re.escape(style.escape)
        taken = rb"|%s(?s:.)" % literal if literal else b""
        quoted = rb"%s(?:[^%s%s]++|%s%s%s)*+" % (mark, mark, literal, mark, mark, taken)
        rest = rb"(?:[^%s%s]++%s)*+" % (stop, literal, taken)
        field = rb"(?:%s(?:%s|\Z))?+%s" % (quoted, mark, rest)
        self._quoted, self._rest = re.compile(rb"%s(%s?)" % (quoted, mark)), re.compile(rest)
        self._row = re.compile(rb"(?:%s%s)*+%s(?:\r?\n|\r)?" % (field, re.escape(style.delimiter), field))
        self._usual = np.zeros(256, bool)
        self._usual[list(style.delimiter + style.quote + b"\r\n")] = True

    def passed(self, text: bytes, final: bool) -> bytes:
        """Return the text that may be read: whole lines, and rows, of one or several lines.

        Raises `OpenQuoteError`.
        """
        text = self._held + text if self._held else text
        self._end = self._end or (b"\n" if b"\n" in text or b"\r" not in text else b"\r")
        end = len(text) if final else text.rfind(self._end) + 1
        if not end and len(text) > LONGEST_ROW:
            end = len(text)
        whole, self._held = (text, b"") if end == len(text) else (text[:end], text[end:])
        start = self._above(whole)
        if self._style.quote not in whole:
            self._line += whole.count(self._end)
            return whole
        return self._checked(whole, start, final)

    def _above(self, text: bytes) -> int:
        """Return where the rows of a block begin, below the lines above the header; note its width."""
        at = 0
        while self._skip and at < len(text):
            at = text.find(self._end, at) + 1 or len(text)
            self._skip -= 1
        if self._width < 0 and at < len(text):
            names = list(self._fields(text, at))
            self._width = -1 if names[-1][3] else len(names) - 1
        return at

    def _checked(self, text: bytes, start: int, final: bool) -> bytes:
        """Return the text of whole rows, without those that an open quote has swallowed."""
        pieces, taken, done = [], 0, start
        for at in self._suspects(text, start):
            if at < done:
                continue
            done = self._row.match(text, at).end()  # type: ignore[union-attr]
            if done < len(text) and text.count(self._style.delimiter, at, done) <= self._width:
                continue
            fields = list(self._fields(text, at))
            done, is_open = fields[-1][1], fields[-1][3]
            if is_open and not final and len(text) - at <= LONGEST_ROW:
                self._held, text = text[at:] + self._held, text[:at]
                break
            rows = text.count(self._end, at, done) if is_open else self._swallowed(text, at, fields)
            if is_open or rows:
                self._leave_out(text, at, done, 0 if is_open else rows)
                pieces.append(text[taken:at])
                taken = done
        self._line += text.count(self._end)
        return b"".join([*pieces, text[taken:]]) if pieces else text

    def _suspects(self, text: bytes, start: int) -> Iterator[int]:
        """Yield where the lines begin that may hold an open quote."""
        data = np.frombuffer(text, np.uint8)
        quotes = np.flatnonzero(data[start:] == self._style.quote[0]) + start
        if not len(quotes):
            return
        before = data[quotes - 1]
        if not quotes[0]:
            before[0] = 10
        ends = np.flatnonzero(data == self._end[0])
        upto = np.append(np.searchsorted(quotes, ends), len(quotes))
        counts = np.diff(upto, prepend=0)  # of the last line, too, if it has no end
        odd = counts % 2 == 1
        if not odd.any() and not self._style.escape and self._usual[before[::2]].all():
            return
        if self._style.escape:
            odd[np.unique(np.searchsorted(ends, np.flatnonzero(data == self._style.escape[0])))] = True
        yield from np.maximum(np.append(0, ends + 1)[self._may_be_open(before, upto, counts, odd)], start).tolist()

    def _may_be_open(self, before: np.ndarray, upto: np.ndarray, counts: np.ndarray, odd: np.ndarray) -> np.ndarray:
        """Return the places of the lines that are `odd`, or have a quote within a text.

        Takes the byte before each quote, how many there are up to the end of each line, and in each line.
        """
        line = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(before)) - (upto - counts)[line]
        stray = (place % 2 == 0) & ~self._usual[before]
        wrong, able = odd.copy(), np.zeros(len(counts), bool)
        wrong[line[stray]] = True
        able[line[self._usual[before] & (before != self._style.quote[0])]] = True  # another one opens nothing
        return np.flatnonzero(wrong & able)

    def _fields(self, text: bytes, at: int) -> Iterator[tuple[int, int, int, bool]]:
        """Yield start and end, the end of what is in quotes (-1 if nothing is), and whether it is open.

        Of one row; the end of the last field is after the row's line break.
        """
        while True:
            start, closed = at, -1
            if found := self._quoted.match(text, at):
                if not found[1]:
                    yield start, len(text), len(text), True
                    return
                at = closed = found.end()
            at = self._rest.match(text, at).end()  # type: ignore[union-attr]
            if text[at : at + 1] == self._style.delimiter:
                at += 1
                yield start, at, closed, False
                continue
            at += 2 if text[at : at + 2] == b"\r\n" else at < len(text)
            yield start, at, closed, False
            return

    def _swallowed(self, text: bytes, row: int, fields: list[tuple[int, int, int, bool]]) -> int:
        """Return how many lines of a row are rows by themselves that a quote has swallowed; 0 if none is.

        They are where most line breaks of a field have as many delimiters between them as a row.
        """
        for place, (start, _, closed, _) in enumerate(fields):
            inside = text[start:closed] if closed >= 0 else b""
            breaks = inside.count(self._end)
            if not breaks:
                continue
            first, *middle, last = (part.count(self._style.delimiter) for part in inside.split(self._end))
            alike = sum(count == self._width for count in middle) + (first == self._width - place and last == place)
            goes_on = text[closed : closed + 1] not in (self._style.delimiter, b"\r", b"\n", b"")
            if 2 * alike > breaks and (self._width >= _FEW or goes_on):
                return breaks
        return 0

    def _leave_out(self, text: bytes, at: int, done: int, rows: int) -> None:
        line = self._line + text.count(self._end, 0, at)
        if self._on_rows is None or done - at > LONGEST_ROW:
            raise OpenQuoteError(line, rows)
        self._on_rows(text[at:done].rstrip(b"\r\n").split(self._end))
