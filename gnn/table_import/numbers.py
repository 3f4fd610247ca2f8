"""Numbers as people and their programs write them, to 64-bit floats."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from gnn.table_import.mapping import NumberStyle

DECIMALS = (".", ",")
THOUSANDS = (",", ".", " ", "'")
_SPACES = "[ \u00a0\u202f]"  # an ordinary, a no-break and a narrow no-break space


def as_numbers(column: pa.Array, style: NumberStyle | None = None) -> pa.DoubleArray:
    """Return finite 64-bit floats of a cleaned column; null where it is missing, no number, or infinite.

    `style` says how the numbers of a text column are written; others are refused as they would be misread.
    """
    if style is not None and not style.plain and pt.is_string(column.type):
        column = _plain(column, style)
    try:
        numbers = column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        numbers = pa.array([_float(value) for value in column.to_pylist()], pa.float64())
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def rough_number(text: str) -> float | None:
    """Return what a number of unknown style most likely means: 1,531.43 and 1.531,43 alike.

    It is for estimates only.
    """
    found = re.search(r"\d[\d.,' \u00a0\u202f]*", text)
    if found is None:
        return None
    digits = re.sub(r"[^\d.,]", "", found[0]).rstrip(".,")
    marks = re.sub(r"\d", "", digits)
    whole, fraction = digits, ""
    if marks and marks.count(marks[-1]) == 1:
        whole, fraction = digits.rsplit(marks[-1], 1)
        if len(marks) == 1 and len(fraction) == 3:  # a group of thousands: amounts have two decimals
            whole, fraction = whole + fraction, ""
    return float(f"{re.sub('[.,]', '', whole)}.{fraction or 0}")


def _plain(text: pa.StringArray, style: NumberStyle) -> pa.StringArray:
    """Return texts as programs write numbers, null where one is not of the style."""
    decimal = re.escape(style.decimal)
    mark = "" if style.thousands is None else _SPACES if style.thousands == " " else re.escape(style.thousands)
    grouped = rf"|\d{{1,3}}({mark}\d{{3}})+" if mark else ""
    written = pc.match_substring_regex(text, rf"^[+-]?(\d+{grouped})({decimal}\d*)?$")
    if mark:
        text = pc.replace_substring_regex(text, mark, "")
    return pc.if_else(written, pc.replace_substring(text, style.decimal, "."), None)


def _float(value: object) -> float | None:
    try:
        # Python alone reads 1_000
        return float(value) if isinstance(value, str) and "_" not in value else None
    except ValueError:
        return None
