"""Which column of a sample says how much, and how its numbers are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gnn.table_import.guess.number_styles import number_style, style_keys, unread
from gnn.table_import.guess.sample import Column, Sample
from gnn.table_import.guess.yaml_lines import scalar, with_comment
from gnn.table_import.mapping import NumberStyle

NAMES = (
    "amount", "amt", "transactionamt", "transactionamount", "txamount", "amountusd", "orderprice", "orderamount", "ordertotal",
    "purchasevalue", "purchaseamount", "totalamount", "total", "price", "grandtotal", "grandtotalbase", "ordertotalamount", "betrag",
    "orderamt", "txnamt", "txnamount", "gesamtbetrag", "montant", "importe", "importo",
)  # fmt: skip
"""The surest first; small letters, nothing between words."""
_MONEY = re.compile(r"amount|amt|price|total|value|betrag|summe|preis|montant|prix|importe|importo|valor|cents$|revenue|^sum$|paid")


@dataclass(frozen=True)
class GuessedAmount:
    """The lines of the mapping, the column that they use, and a column of money that is not understood.

    The name may say that this is the amount; then it is the column that is used, too.
    """

    lines: Sequence[str] = ()
    column: Column | None = None
    doubted: Column | None = None
    style: NumberStyle = field(default_factory=NumberStyle)


def guessed_amount(sample: Sample, used: set[str]) -> GuessedAmount:
    """Return the surest amount of a sample; none where its style is in doubt."""
    free = [column for column in sample.columns if column.name not in used and column.values]
    column = next((column for name in NAMES for column in free if column.key == name), None)
    if column is None:
        other = next((c for c in free if _MONEY.search(c.key) and re.search(r"\d", c.values[0])), None)
        return GuessedAmount() if other is None else GuessedAmount([f"# amount: not recognised; {_other(other)}"], doubted=other)
    found = unread(column, column.values[0]) if column.kind in ("ip", "time", "slashed", "email") else number_style(column)
    if isinstance(found, str):
        # an import with this line names the amount and the mend; without it, another key that is missing
        return GuessedAmount([f"# {found}", f"amount: {scalar(column.name)}"], column, doubted=column)
    return GuessedAmount(_lines(column, found), column, style=found)


def _other(column: Column) -> str:
    said = f"; if so, write amount: {{column: {scalar(column.name)}, divide_by: 100}}" if "cent" in column.key else ""
    return f"column {column.name!r}, such as {column.values[0][:30]!r}, may be an amount{said}"


def _lines(column: Column, style: NumberStyle) -> list[str]:
    more = style_keys(style)
    negative = any("-" in value for value in column.values)
    more += ["negative: refund_request"] if negative else []
    name = scalar(column.name)
    text = f"amount: {{column: {name}, {', '.join(more)}}}" if more else f"amount: {name}"
    share = "all" if all("-" in value for value in column.values) else "some"
    back = f"; {share} are below zero: money that goes back, which you must confirm" if negative else ""
    said = f"numbers, such as {column.values[0]}{back}"
    return [with_comment(text, said)]
