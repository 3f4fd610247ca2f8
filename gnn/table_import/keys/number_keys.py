"""The keys of a mapping that say how numbers are written, and which column is the amount."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gnn.table_import.keys.scalars import Scalars, spelling
from gnn.table_import.mapping import AmountColumn, NumberStyle
from gnn.table_import.values.multipliers import is_credit, is_debit, multiplies
from gnn.table_import.values.numbers import DECIMALS, MINUS, THOUSANDS

NUMBER_KEYS = ("decimal", "thousands", "symbols", "minus")
AMOUNT_KEYS = ("column", *NUMBER_KEYS, "negative", "divide_by")
_MOST = 1e9
NEGATIVES = ("refuse", "absolute", "refund_request")


class NumberKeys(Scalars):
    """A reader of the sections that hold numbers."""

    def numbers(self, key: str, section: Mapping[str, Any], default: NumberStyle) -> NumberStyle:
        """Return the style of a section's numbers, the default's where it says nothing."""
        decimal, thousands = section.get("decimal", default.decimal), section.get("thousands", default.thousands)
        if decimal is not None:
            self.one_of(f"{key}.decimal", decimal, DECIMALS)
        if thousands is not None:
            self.one_of(f"{key}.thousands", thousands, THOUSANDS)
            if thousands == (decimal or "."):
                self.fail(f"{key}.thousands", f"must differ from {key}.decimal, which is {thousands!r} too")
        symbols = self.words(f"{key}.symbols", section["symbols"]) if "symbols" in section else default.symbols
        minus = self._minus(f"{key}.minus", section.get("minus"), default.minus)
        self._check_symbols(f"{key}.symbols", symbols, (*symbols, *minus))
        return NumberStyle(decimal, thousands, symbols, minus)

    def _check_symbols(self, key: str, symbols: tuple[str, ...], beside: tuple[str, ...]) -> None:
        """Refuse what is part of a number or multiplies it; `beside` are all words beside the numbers."""
        for symbol in symbols:
            if not _is_sign(symbol.strip()):
                self.fail(key, f"must be texts such as $, EUR or Fr., without digits and signs, not {symbol!r}")
            if multiplies(symbol):
                self.fail(key, f"must not multiply, and {symbol!r} may, as in 1.2k for 1200; write the numbers out in the table")
            if is_credit(symbol) and not any(map(is_debit, beside)):
                debit = "of credit, list DR here or in minus as well"
                self.fail(key, f"holds {symbol!r}: of crore, write the numbers out in the table; {debit}")

    def amount(self, value: Any, default: NumberStyle) -> AmountColumn:
        """Return the amount's column and style."""
        section = self.section("amount", value, AMOUNT_KEYS) if isinstance(value, dict) else {"column": value}
        negative = self.one_of("amount.negative", section.get("negative", "refuse"), NEGATIVES)
        return AmountColumn(
            self.column("amount" if section is not value else "amount.column", section.get("column")),
            self.numbers("amount", section, default),
            negative,
            self._divisor(section.get("divide_by", 1)),
        )

    def _divisor(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= _MOST:
            self.fail("amount.divide_by", f"must be a number from 1 such as 100, which makes whole units of cents, not {value!r}")
        return float(value)

    def numeric(self, value: Any, default: NumberStyle) -> dict[str, NumberStyle]:
        """Return the numeric attributes: a list of columns, or of sections that say how one is written."""
        key, styles = "attributes.numeric", {}
        if not isinstance(value, list):
            self.fail(key, "must be a list of columns, such as [age, browser]")
        for item in value:
            section = self.section(key, item, ("column", *NUMBER_KEYS)) if isinstance(item, dict) else {"column": item}
            name = self.column(key, section.get("column"))
            if name in styles:
                self.fail("attributes", f"names column {name!r} twice; keep one")
            styles[name] = self.numbers(key, section, default)
        return styles

    def _minus(self, key: str, value: Any, default: tuple[str, ...]) -> tuple[str, ...]:
        if value is None:
            return default
        marks = tuple(self.words(key, value if isinstance(value, list) else [value]))
        for mark in marks:
            if mark not in MINUS and not mark.isalpha():
                self.fail(key, f"must be {', '.join(MINUS)}, or a text of letters such as CR, not {spelling(mark)!r}")
        return marks


def _is_sign(text: str) -> bool:
    """Return whether a text can be no part of a number; a word may end with a point."""
    word = text.removesuffix(".")
    return bool(word) and not any(c.isdigit() or c in "+-.,()" for c in word) and (word == text or word.isalpha())
