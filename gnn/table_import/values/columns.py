"""Columns of any type to text and JSON, whole arrays at a time.

Each conversion leaves null where a value is missing or cannot be read; comparing with the cleaned input
tells which.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from domain.json_text import as_unicode_json
from gnn.table_import.errors import ColumnError

_WHOLE = 2.0**63  # beyond it a float is no 64-bit integer


def clean(column: pa.Array, name: str, missing: Sequence[str]) -> pa.Array:
    """Return the column with all that means "no value" as null, text trimmed, dictionaries resolved.

    Raises `ColumnError` for a type that no table has, and for bytes that are no text.
    """
    kind = column.type
    if pt.is_dictionary(kind):
        return clean(column.dictionary_decode(), name, missing)
    if pt.is_null(kind):
        return column.cast(pa.string())
    if pt.is_floating(kind):
        column = _doubles(column)
        return _without(pc.if_else(pc.is_nan(column), None, column), missing)
    if pt.is_string(kind) or pt.is_large_string(kind) or pt.is_binary(kind) or pt.is_large_binary(kind):
        try:
            column = column.cast(pa.string())
            column.validate(full=True)
        except pa.ArrowInvalid:
            raise ColumnError(f"column {name!r} holds text that is not UTF-8; convert it") from None
        column = pc.utf8_trim_whitespace(column)
        return pc.if_else(pc.is_in(column, pa.array(missing, pa.string())), None, column)
    if pt.is_integer(kind):
        return _without(column, missing)
    if pt.is_boolean(kind) or pt.is_decimal(kind) or pt.is_temporal(kind):
        return column
    raise ColumnError(f"column {name!r} is of type {kind}; a table has texts, numbers, times and true/false only")


def _doubles(column: pa.Array) -> pa.DoubleArray:
    """Return 64-bit floats; of a shorter one, the shortest decimal that gives it: 19.99, not 19.98999977."""
    if pt.is_float64(column.type):
        return column
    return (column.cast(pa.float32()).cast(pa.string()) if pt.is_float32(column.type) else _half_texts(column)).cast(pa.float64())


def _half_texts(column: pa.Array) -> pa.StringArray:
    """Return 16-bit floats as text, which Arrow (16.1) cannot do."""
    return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())


def _without(column: pa.Array, missing: Sequence[str]) -> pa.Array:
    """Return the column of numbers without those that mean "no value": -1, 99999."""
    numbers = [number for word in missing if (number := _number(word)) is not None]
    return pc.if_else(pc.is_in(column.cast(pa.float64()), pa.array(numbers, pa.float64())), None, column) if numbers else column


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def as_text(column: pa.Array) -> pa.StringArray:
    """Return the texts of a cleaned column.

    Whole numbers without a fraction, so that 12 and 12.0 are one identifier.
    """
    if pt.is_floating(column.type):
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _WHOLE))
        integers = pc.if_else(whole, column, 0.0).cast(pa.int64()).cast(pa.string())
        return pc.if_else(whole, integers, column.cast(pa.string()))
    text = column.cast(pa.string())
    if pt.is_decimal(column.type):
        text = pc.replace_substring_regex(text, r"\.0+$", "")
    return text


def whole_number(word: str) -> str:
    """Return 1 for 1.0, as the values of tables are read."""
    return re.sub(r"^([+-]?\d{1,15})\.0+$", r"\1", word)


_CONTROL = r"[\x00-\x1f\x7f-\x{9f}]"
_CONTROL_BUT_LINES = r"[\x00-\x08\x0e-\x1f\x7f-\x{84}\x{86}-\x{9f}]"


def shortened(text: pa.StringArray, limit: int, printable: bool = False, lines: bool = False) -> tuple[pa.StringArray, int]:
    """Return the texts with those that no event can carry replaced by their hash, and how many these are.

    They are too long, not `printable`, or hold control characters, but for line breaks where `lines` is
    set. The same text gets the same hash in every import, so that an entity stays one entity.
    """
    control = pc.match_substring_regex(text, _CONTROL_BUT_LINES if lines else _CONTROL)
    suspect = unwanted = pc.or_(pc.greater(pc.utf8_length(text), limit), control)
    if printable:
        suspect = pc.or_(suspect, pc.match_substring_regex(text, r"[^ -~]"))
    if not pc.any(suspect).as_py():
        return text, 0
    values, count = text.to_pylist(), 0
    for row in np.flatnonzero(suspect.fill_null(False)):
        if unwanted[row].as_py() or (printable and not values[row].isprintable()):
            values[row] = "blake2b:" + hashlib.blake2b(values[row].encode(), digest_size=16).hexdigest()
            count += 1
    return pa.array(values, pa.string()), count


def joined(parts: Sequence[pa.StringArray], separator: str) -> pa.StringArray:
    """Return the parts of each row with the separator between, missing ones left out.

    Null if none is there.
    """
    if len(parts) == 1:
        return parts[0]
    text = present(parts, separator)
    return pc.if_else(pc.equal(text, ""), None, text)


def whole(parts: Sequence[pa.StringArray], separator: str, gaps: bool = False) -> pa.StringArray:
    """Return the parts of each row with the separator between.

    Null where one is missing; with `gaps` an empty place is there, and null is where all are missing. In
    rows that hold a separator in a part, a backslash is before it, and before backslashes: different parts
    never become one text.
    """
    if gaps:
        none = reduce(pc.and_, map(pc.is_null, parts))
        return pc.if_else(none, None, whole([pc.coalesce(part, "") for part in parts], separator))
    text = pc.binary_join_element_wise(*parts, separator)
    held = pc.greater(pc.count_substring(text, separator), len(parts) - 1)
    if not pc.any(held).as_py():
        return text
    literal = [pc.replace_substring(pc.replace_substring(part, "\\", "\\\\"), separator, "\\" + separator) for part in parts]
    return pc.if_else(held, pc.binary_join_element_wise(*literal, separator), text)


def present(parts: Sequence[pa.StringArray], separator: str) -> pa.StringArray:
    """Return the parts of each row that are not null with the separator between.

    Empty text if none is there.
    """
    # Arrow's join (16.1) drops a row all of whose parts are null, so an empty one leads, and its separator
    # goes again.
    text = pc.binary_join_element_wise("", *parts, separator, null_handling="skip")
    return pc.replace_substring(text, pattern=separator, replacement="", max_replacements=1)


def quoted(text: pa.StringArray) -> pa.StringArray:
    """Return the texts as JSON strings; null stays null."""
    if pc.any(pc.match_substring_regex(text, r'[\x00-\x1f"\\]')).as_py():
        values = [None if value is None else as_unicode_json(value) for value in text.to_pylist()]
        return pa.array(values, pa.string())
    return pc.binary_join_element_wise('"', text, '"', "")


def json_field(name: str, value: pa.StringArray) -> pa.StringArray:
    """Return `"name":value` of JSON values; null stays null."""
    return pc.binary_join_element_wise(as_unicode_json(name) + ":", value, "")


def json_object(fields: Sequence[pa.StringArray]) -> pa.StringArray:
    """Return `{...}` of each row, fields that are null left out."""
    return pc.binary_join_element_wise("{", present(fields, ","), "}", "")


def with_null(name: str, value: pa.StringArray) -> pa.StringArray:
    """Return the field, `"name":null` where the value is null."""
    return json_field(name, pc.coalesce(value, "null"))
