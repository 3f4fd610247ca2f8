"""Full numbers of cards and bank accounts where a token or a hash should be."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from domain.events.identity.token import passes_iban, passes_luhn
from gnn.table_import.values.columns import as_text

_LOOKED_AT = 256
"""Rows of each batch whose values are looked at one by one."""
_KEPT = 4096
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[0-8]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|6(?:\d{15}|\d{17,18})|8[12]\d{14}"
)
"""First digits and lengths of the card schemes. IMEIs (15 digits, from 35) end in Luhn's digit as well."""
_SEPARATED = r"^\d(?:[ -]?\d){12,18}$"
_IBAN = r"^[A-Za-z]{2} ?\d\d(?: ?[0-9A-Za-z]){11,30}$"
_FEW = 10
"""Long numbers, all of which must be card numbers where there are no more. One in ten passes Luhn's test."""


class CardNumbers:
    """The long numbers and the IBANs in one column, over all batches."""

    def __init__(self) -> None:
        self.ibans = 0
        """Rows with an IBAN, or what looks like one, of the batches whose first rows hold some."""
        self._long: set[str] = set()
        self._cards: set[str] = set()
        self.rows = 0
        """Rows with a long number, of the batches that hold card numbers."""

    def see(self, column: pa.Array) -> None:
        """Take in a cleaned column of a batch: its first rows; all of them where these hold card numbers."""
        if pa.types.is_boolean(column.type) or pa.types.is_temporal(column.type):
            return
        text = as_text(column.slice(0, _LOOKED_AT).drop_null())
        self._see_ibans(text, column)
        found = {re.sub("[ -]", "", value): value for value in text.filter(pc.match_substring_regex(text, _SEPARATED)).to_pylist()}
        if not found:
            return
        cards = {digits for digits in found if _CARD.fullmatch(digits) and passes_luhn(digits)}
        if len(self._long) < _KEPT:
            self._long |= found.keys()
            self._cards |= cards
        if 2 * len(cards) >= len(found):
            self.rows += pc.sum(pc.match_substring_regex(as_text(column), _SEPARATED)).as_py() or 0

    def _see_ibans(self, text: pa.StringArray, column: pa.Array) -> None:
        """Count the rows where most of what looks like an IBAN has its check digits: chance gives 1%."""
        alike = pc.match_substring_regex(text, _IBAN)
        if not pc.any(alike).as_py():
            return
        found = {re.sub("[ -]", "", value).upper() for value in text.filter(alike).to_pylist()}
        ibans = sum(map(passes_iban, found))
        if ibans > 1 and 2 * ibans >= len(found):
            self.ibans += pc.sum(pc.match_substring_regex(as_text(column), _IBAN)).as_py() or 0

    @property
    def found(self) -> bool:
        """Return whether the long numbers are those of cards: half of them at least, or all of a few."""
        wanted = len(self._long) / 2 if len(self._long) > _FEW else len(self._long)
        return len(self._cards) > 1 and len(self._cards) >= wanted


def card_notes(columns: dict[str, CardNumbers]) -> Iterator[str]:
    """Yield a sentence on the columns that hold card numbers, and one on those that hold IBANs."""
    found = [f"column {name!r} in {cards.rows:,} rows" for name, cards in columns.items() if cards.found]
    if found:
        yield f"full card numbers: {', '.join(found)}; put a token or a hash in their place before you import, as PCI DSS demands"
    ibans = [f"column {name!r} in {cards.ibans:,} rows" for name, cards in columns.items() if cards.ibans]
    if ibans:
        yield f"full bank account numbers (IBAN): {', '.join(ibans)}; put a token or a hash in their place before you import"
