"""Numbers as people and their programs write them, to 64-bit floats."""

from __future__ import annotations

import re
from functools import reduce
from unicodedata import decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from gnn.table_import.mapping import NumberStyle

DECIMALS = (".", ",")
THOUSANDS = (",", ".", " ", "'")
MINUS = ("parentheses", "trailing")
"""Further notations of negative numbers; other texts, such as CR, are marks of their own."""
_SPACES = "[ \u00a0\u2009\u202f]"  # an ordinary, a no-break, a thin and a narrow no-break space
_QUOTES = "['\u2019]"
_DASHES = "\u2212\u2013\ufe63\uff0d"  # what is printed for a minus


def as_numbers(column: pa.Array, style: NumberStyle | None = None) -> pa.DoubleArray:
    """Return finite 64-bit floats of a cleaned column; null where it is missing, no number, or infinite.

    `style` says how the numbers of a text column are written; others are refused as they would be misread.
    """
    style = style or NumberStyle()
    numbers = _cast(column) if style.decimal != "," or not pt.is_string(column.type) else None
    if numbers is None:
        numbers = _plain(column, style).cast(pa.float64()) if pt.is_string(column.type) else pa.nulls(len(column), pa.float64())
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def _cast(column: pa.Array) -> pa.DoubleArray | None:
    """Return the numbers of a column that holds nothing else, as programs write them."""
    try:
        return column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


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
    if pc.any(pc.match_substring_regex(text, r"[^\x00-\x7f]")).as_py():
        text = pa.array([value and _western(value, style) for value in text.to_pylist()], pa.string())
    found = pc.extract_regex(text, _pattern(style))
    part = {name: pc.struct_field(found, name) for name in ("open", "sign", "inner", "number", "mark", "close")}
    negative = [pc.is_in(part[name], pa.array(["-", "("])) for name in ("open", "sign", "inner")] + [pc.not_equal(part["mark"], "")]
    minus = reduce(pc.add, [mask.cast(pa.int8()) for mask in negative])
    fits = pc.and_(pc.equal(pc.equal(part["open"], ""), pc.equal(part["close"], "")), pc.less_equal(minus, 1))
    if (other := _other_meaning(style)) is not None:
        fits = pc.and_(fits, pc.invert(pc.match_substring_regex(text, other)))
    number = part["number"]
    if style.thousands is not None:
        number = pc.replace_substring_regex(number, _mark(style.thousands), "")
    number = pc.replace_substring(number, style.decimal or ".", ".")
    return pc.if_else(fits, pc.if_else(pc.equal(minus, 1), pc.binary_join_element_wise("-", number, ""), number), None)


def _western(text: str, style: NumberStyle) -> str:
    """Return the text with a plain minus, and digits and points of other scripts as the style has them."""
    marks = {"\u066b": style.decimal or ".", "\u066c": style.thousands or "", **dict.fromkeys(_DASHES, "-")}
    return "".join(marks.get(letter, letter) for letter in western_digits(text))


def western_digits(text: str) -> str:
    """Return the text with digits of other scripts as 0 to 9."""
    return "".join(str(decimal(letter)) if letter.isdecimal() else letter for letter in text)


def _other_meaning(style: NumberStyle) -> str | None:
    """Return the pattern of what would be misread: Rs.500 is not half a rupee, nor 5,- less than nothing."""
    words = [symbol.strip() for symbol in style.symbols]
    bare = [re.escape(word) for word in words if word[-1:].isalpha() and f"{word}." not in words]
    parts = [rf"(?i:{'|'.join(bare)})\s*\.\d"] if bare else []
    return "|".join([*parts, r"\d[.,]\s*-"] if "trailing" in style.minus else parts) or None


def _mark(thousands: str) -> str:
    return {" ": _SPACES, "'": _QUOTES}.get(thousands, re.escape(thousands))


def _pattern(style: NumberStyle) -> str:
    """Return the pattern of a number of the style, with all that may be around it."""
    decimal, whole = re.escape(style.decimal or "."), r"\d+"
    if style.thousands is not None:
        mark = _mark(style.thousands)
        indian = rf"|[1-9]\d?(?:{mark}\d{{2}})+{mark}\d{{3}}" if style.thousands == "," else ""
        whole = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+{indian}|{whole}"
    number = rf"(?:{whole})(?:{decimal}\d*)?(?:[eE][+-]?\d+)?|{decimal}\d+"
    symbol = "|".join(re.escape(symbol.strip()) for symbol in sorted(style.symbols, key=len, reverse=True))
    symbol = rf"(?:(?i:{symbol}))?" if symbol else ""
    marks = [re.escape(mark) for mark in style.minus if mark not in MINUS] + ["-"] * ("trailing" in style.minus)
    after = rf"(?P<mark>(?i:{'|'.join(marks)})?)" if marks else "(?P<mark>)"
    opened, closed = (r"(?P<open>\(?)", r"(?P<close>\)?)") if "parentheses" in style.minus else ("(?P<open>)", "(?P<close>)")
    gap = r"[\s\x{a0}\x{202f}]*"
    parts = (
        "^",
        r"(?P<sign>[+-]?)",
        symbol,
        opened,
        symbol,
        r"(?P<inner>[+-]?)",
        f"(?P<number>{number})",
        symbol,
        after,
        symbol,
        closed,
        "$",
    )
    return gap.join(part for part in parts if part).replace("^" + gap, "^").replace(gap + "$", "$")
