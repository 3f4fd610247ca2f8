"""How the numbers of a column of a sample are written, where that is sure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from gnn.table_import.guess.sample import Column
from gnn.table_import.guess.yaml_lines import listed
from gnn.table_import.mapping import NumberStyle
from gnn.table_import.values.multipliers import is_credit, is_debit, multiplies
from gnn.table_import.values.number_hints import number_mend
from gnn.table_import.values.numbers import as_numbers

_SIGN = r"[^\d\s.,()+'\u2019-]{1,4}\.?"
_NUMBER = r"\d[\d.,'\u2019 \u00a0\u202f]*"
_WRITTEN = re.compile(rf"(?P<minus>-?)\s*(?P<before>{_SIGN})?\s*-?(?P<number>{_NUMBER}|[.,]\d+)\s*(?P<after>{_SIGN})?")
_OVERPUNCHED = "{}ABCDEFGHIJKLMNOPQR"
_DOUBTFUL = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_TELLING = re.compile(r"^[+-]?0?\.|\.(\d{1,2}|\d{4,})$|[eE]")


def style_keys(style: NumberStyle) -> list[str]:
    """Return the keys of a mapping that say how numbers are written."""
    found = [f'decimal: "{style.decimal}"'] if style.decimal else []
    found += [f'thousands: "{style.thousands}"'] if style.thousands else []
    return found + ([f"symbols: {listed(style.symbols)}"] if style.symbols else [])


def in_doubt(column: Column) -> bool:
    """Return whether all numbers with a point are like 1.234, which may be a thousand."""
    pointed = [value for value in column.values if "." in value.removesuffix(".0")]
    return bool(pointed) and all(map(_DOUBTFUL.fullmatch, pointed))


def has_decimals(column: Column) -> bool:
    """Return whether some number can only have a point of decimals."""
    return column.kind == "number" and any(map(_TELLING.search, column.values)) and not in_doubt(column)


def reads_all(column: Column, style: NumberStyle) -> bool:
    """Return whether every value is a number of the style."""
    return not as_numbers(pa.array(column.values, pa.string()), style).null_count


def number_style(column: Column) -> NumberStyle | str:
    """Return how all numbers are written, or why that is not sure."""
    matches = [(_WRITTEN.fullmatch(value), value) for value in column.values]
    odd = next((value for found, value in matches if found is None), None)
    if column.kind in ("integer", "number") and not any(map(_DOUBTFUL.fullmatch, column.values)):
        return NumberStyle()
    if column.kind == "number" and any(map(_TELLING.search, column.values)):
        return NumberStyle()
    if odd is not None:
        return unread(column, odd)
    written = [found for found, _ in matches if found is not None]
    symbols = sorted({found[place] for found in written for place in ("before", "after") if found[place]})
    if odd_word := _no_sign(symbols):
        return unread(column, next(value for value in column.values if odd_word in value))
    if len(symbols) > 1:
        return (
            f"column {column.name!r} holds amounts with {' and '.join(map(repr, symbols))}: split the table if they are several currencies"
        )
    numbers = [found["number"].strip() for found in written]
    marks = _marks(numbers)
    if marks is None:
        doubt = next(number for number in numbers if re.search(r"[.,]", number))
        return f"column {column.name!r} is not understood, such as {doubt!r}: set amount.decimal and amount.thousands"
    style = NumberStyle(marks[0], marks[1], tuple(symbols))
    read = as_numbers(pa.array(column.values, pa.string()), style)
    return style if not read.null_count else unread(column, column.values[read.is_null().index(True).as_py()])


def _no_sign(symbols: Sequence[str]) -> str:
    """Return a word beside the numbers that is no sign of money; empty if all may be."""
    if len(symbols) > 2 and all(symbol in _OVERPUNCHED for symbol in symbols):
        return symbols[-1]  # a curly bracket, if there is one
    return next((symbol for symbol in symbols if multiplies(symbol) or is_credit(symbol) or is_debit(symbol)), "")


def unread(column: Column, value: str) -> str:
    """Return that a value of the column is not read, and the mend."""
    return f"column {column.name!r} is not understood, such as {value[:30]!r}; {number_mend(value, NumberStyle(), 'amount')}"


def _marks(numbers: Sequence[str]) -> tuple[str | None, str | None] | None:
    """Return the decimal mark and the thousands mark, None for each that is not needed; None if in doubt."""
    decimal: set[str] = set()
    groups: set[str] = set()
    doubtful = False
    for number in numbers:
        marks = re.sub(r"\d", "", number)
        last = re.search(r"([.,])(\d+)$", number)
        if not marks:
            continue
        if len(set(marks)) > 1 or (last and marks.count(last[1]) == 1 and (len(last[2]) != 3 or re.match(r"0?[.,]", number))):
            if last is None or marks.count(last[1]) > 1:
                return None
            decimal.add(last[1])
            groups.update(_group(mark) for mark in marks[:-1])
        elif len(marks) > 1 or marks[0] not in ".,":
            groups.update(_group(mark) for mark in marks)
        else:
            doubtful = True
    if len(decimal) > 1 or len(groups) > 1 or decimal & groups or (doubtful and not decimal and not groups):
        return None
    mark, group = next(iter(decimal), None), next(iter(groups), None)
    if doubtful and group is None:
        group = next((other for other in ".," if other != mark and any(other in number for number in numbers)), None)
    if group == "." and mark is None:
        mark = ","
    return (None if mark == "." and group is None else mark), group


def _group(mark: str) -> str:
    return {"\u2019": "'", "\u00a0": " ", "\u202f": " "}.get(mark, mark)
