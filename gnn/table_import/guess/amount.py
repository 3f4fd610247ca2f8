"""Which column of a sample says how much, and how its numbers are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from gnn.table_import.guess.sample import Column, Sample
from gnn.table_import.guess.yaml_lines import listed, scalar, with_comment
from gnn.table_import.mapping import NumberStyle
from gnn.table_import.values.number_hints import number_mend
from gnn.table_import.values.numbers import as_numbers

NAMES = (
    "amount", "amt", "transactionamt", "transactionamount", "txamount", "amountusd", "orderprice", "orderamount", "ordertotal",
    "purchasevalue", "purchaseamount", "totalamount", "total", "price", "grandtotal", "grandtotalbase", "ordertotalamount", "betrag",
    "gesamtbetrag", "montant", "importe", "importo",
)  # fmt: skip
"""The surest first; small letters, nothing between words."""
_MONEY = re.compile(r"amount|amt|price|total|value|betrag|summe|preis|montant|prix|importe|importo|valor|cents$|revenue|^sum$|paid")
_SIGN = r"[^\d\s.,()+'\u2019-]{1,4}"
_NUMBER = r"\d[\d.,'\u2019 \u00a0\u202f]*"
_WRITTEN = re.compile(rf"(?P<minus>-?)\s*(?P<before>{_SIGN})?\s*-?(?P<number>{_NUMBER}|[.,]\d+)\s*(?P<after>{_SIGN})?")


@dataclass(frozen=True)
class GuessedAmount:
    """The lines of the mapping, the column that they use, and a column of money that is not understood."""

    lines: Sequence[str] = ()
    column: Column | None = None
    problem: str = ""
    doubted: Column | None = None


def guessed_amount(sample: Sample, used: set[str]) -> GuessedAmount:
    """Return the surest amount of a sample; none where its style is in doubt."""
    free = [column for column in sample.columns if column.name not in used and column.values]
    column = next((column for name in NAMES for column in free if column.key == name), None)
    if column is None:
        other = next((c for c in free if _MONEY.search(c.key) and re.search(r"\d", c.values[0])), None)
        return GuessedAmount() if other is None else GuessedAmount(problem=_other(other), doubted=other)
    if column.kind in ("ip", "time", "slashed", "email"):
        return GuessedAmount(problem=_unread(column, column.values[0]), doubted=column)
    found = _style(column)
    if isinstance(found, str):
        return GuessedAmount(problem=found, doubted=column)
    return GuessedAmount(_lines(column, found), column)


def _other(column: Column) -> str:
    said = "; an amount is in whole units, so divide it first" if "cent" in column.key else ""
    return f"column {column.name!r}, such as {column.values[0][:30]!r}, may be an amount{said}"


def _lines(column: Column, style: NumberStyle) -> list[str]:
    more = [f'decimal: "{style.decimal}"'] if style.decimal else []
    more += [f'thousands: "{style.thousands}"'] if style.thousands else []
    more += [f"symbols: {listed(style.symbols)}"] if style.symbols else []
    negative = any("-" in value for value in column.values)
    more += ["negative: refund_request"] if negative else []
    name = scalar(column.name)
    text = f"amount: {{column: {name}, {', '.join(more)}}}" if more else f"amount: {name}"
    back = "; some are below zero: money that goes back, which you must confirm" if negative else ""
    said = f"numbers, such as {column.values[0]}{back}"
    return [with_comment(text, said)]


def _style(column: Column) -> NumberStyle | str:
    """Return how all amounts are written, or why that is not sure."""
    matches = [(_WRITTEN.fullmatch(value), value) for value in column.values]
    odd = next((value for found, value in matches if found is None), None)
    if column.kind in ("integer", "number") and not any(re.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}", value) for value in column.values):
        return NumberStyle()
    if column.kind == "number" and any(re.search(r"^[+-]?0?\.|\.(\d{1,2}|\d{4,})$|[eE]", value) for value in column.values):
        return NumberStyle()
    if odd is not None:
        return _unread(column, odd)
    written = [found for found, _ in matches if found is not None]
    symbols = sorted({found[place] for found in written for place in ("before", "after") if found[place]})
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
    return style if not read.null_count else _unread(column, column.values[read.is_null().index(True).as_py()])


def _unread(column: Column, value: str) -> str:
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
