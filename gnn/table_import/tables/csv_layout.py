"""Where the header of a CSV file is, and what separates its fields, found by the columns that are wanted."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

DELIMITERS = (",", ";", "\t", "|", "\x01", "^", "~")
PREAMBLE_LINES = 20
"""As many lines of title and comment may stand above the header."""
_DATA = re.compile(r"[+-]?\d[\d.,:/TZ +-]*|\d{4}-\d\d-\d\d.*")


@dataclass(frozen=True)
class CsvLayout:
    """How the lines of a CSV file are to be read."""

    delimiter: str
    skipped: int
    """Lines above the header."""
    names: tuple[str, ...] | None = None
    """Names of the columns, where they are other than those of the header line, which is skipped then."""


def find_layout(lines: Sequence[str], wanted: Collection[str], usual: str, fixed: bool, quote: str) -> CsvLayout:
    """Return the first line, and the delimiter, that give all wanted columns; else the usual ones.

    Spaces around the names of a header count only where a mapping writes them.

    `lines` are the first of the file. `usual` is the delimiter by the file's name, or the mapping's, which
    alone counts where it is `fixed`.
    """
    told = re.fullmatch(r"sep=(.)", lines[0]) if lines else None
    first = 1 if told else 0
    if told and not fixed:
        usual = told[1]
    delimiters = [usual] if fixed else list(dict.fromkeys((usual, *DELIMITERS)))
    for delimiter in delimiters:
        for place in range(first, min(len(lines), PREAMBLE_LINES)):
            names = fields(lines[place], delimiter, quote)
            bare = [name.strip() for name in names]
            if found := next((form for form in (names, bare) if set(wanted) <= set(form)), None):
                trailing = _with_trailing(lines[place + 1 : place + 6], found, delimiter, quote)
                return CsvLayout(delimiter, place, trailing or (None if found is names else tuple(found)))
    return CsvLayout(usual, first)


def fields(line: str, delimiter: str, quote: str = '"') -> list[str]:
    """Return the fields of a line."""
    options: dict[str, Any] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    try:
        return next(csv.reader([line], delimiter=delimiter, **options), [])
    except csv.Error:
        return line.split(delimiter)


def is_data(names: Sequence[str]) -> bool:
    """Return whether a header line looks like a row: some of its fields are numbers or times."""
    return any(_DATA.fullmatch(name.strip()) for name in names)


def _with_trailing(rows: Sequence[str], names: list[str], delimiter: str, quote: str) -> tuple[str, ...] | None:
    """Return the names with a nameless one where all rows end in a delimiter that the header has not."""
    found = [fields(row, delimiter, quote) for row in rows if row]
    if found and all(len(row) == len(names) + 1 and not row[-1] for row in found):
        return (*names, "")
    return None
