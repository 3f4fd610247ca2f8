"""What goes with the rows that an import leaves out: the frauds among them, and their money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.events.event import MAX_AMOUNT
from domain.graph import AMOUNT_TYPES
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.values.columns import as_text
from gnn.table_import.values.numbers import rough_number


@dataclass(frozen=True)
class Loss:
    """Rows left out for one reason, with the frauds among them and the sum of their amounts.

    Frauds are those that the table labels so. An amount that is written in another style than the mapping
    says counts as it most likely is meant.
    """

    rows: int = 0
    frauds: int = 0
    money: float = 0.0
    beyond: int = 0
    """Amounts above what an event may carry, in no sum: most are slips, and one would hide all others."""

    def __add__(self, other: Loss) -> Loss:
        return Loss(self.rows + other.rows, self.frauds + other.frauds, self.money + other.money, self.beyond + other.beyond)


NOTHING = Loss()


def kept(batch: RowBatch, types: pa.StringArray, is_fraud: pa.BooleanArray | None) -> Loss:
    """Return the rows of a batch that are no bad ones, with their frauds and money."""
    good = ~batch.faults.bad()
    frauds = 0 if is_fraud is None else int((np.array(is_fraud.fill_null(False)) & good).sum())
    if batch.mapping.amount is None:
        return Loss(int(good.sum()), frauds)
    paid = np.array(pc.is_in(types, pa.array(sorted(AMOUNT_TYPES)))) & good
    return Loss(int(good.sum()), frauds, float(np.abs(np.array(batch.amounts()[1].fill_null(0.0)))[paid].sum()))


def share_problem(lost: Loss, kept: Loss, share: float) -> str | None:
    """Return that bad rows take more than a share of the rows, frauds or money; None if they do not."""
    found = []
    for name, gone, left in (
        ("rows", lost.rows, kept.rows),
        ("labelled frauds", lost.frauds, kept.frauds),
        ("money", lost.money, kept.money),
    ):
        if gone > share * (gone + left):
            of = f"{gone:,} of {gone + left:,} {name}" if name != "money" else f"about {gone:,.0f} of {gone + left:,.0f} of the money"
            found.append(f"{of} ({gone / (gone + left):.0%})")
    return f"bad rows take {', '.join(found)}, and on_error.skip allows {share:.0%}" if found else None


def losses(batch: RowBatch, types: pa.StringArray, is_fraud: pa.BooleanArray | None) -> dict[str, Loss]:
    """Return by reason what the faults of a batch leave out.

    `is_fraud` is null where the table says nothing.
    """
    if not batch.faults.found:
        return {}
    bad = batch.faults.bad()
    fraud = np.zeros(len(bad), bool) if is_fraud is None else np.array(is_fraud.fill_null(False))
    money = _money(batch, types, bad)
    beyond = money > MAX_AMOUNT
    paid = np.where(beyond, 0.0, money)
    return {
        reason: Loss(int(rows.sum()), int((rows & fraud).sum()), float(paid[rows].sum()), int(beyond[rows].sum()))
        for reason, rows in batch.faults.by_reason()
    }


def _money(batch: RowBatch, types: pa.StringArray, bad: np.ndarray) -> np.ndarray:
    """Return the amounts f8[N] of the bad rows, 0 where there is none or none can be guessed."""
    if batch.mapping.amount is None:
        return np.zeros(len(bad))
    raw, read = batch.amounts()
    amount = np.nan_to_num(np.array(read.fill_null(0.0)))
    unread = bad & np.array(pc.and_(pc.is_valid(raw), pc.is_null(read)))
    texts = as_text(raw)
    for row in np.flatnonzero(unread):
        amount[row] = rough_number(texts[row].as_py()) or 0.0
    paid = np.array(pc.or_(pc.is_in(types, pa.array(sorted(AMOUNT_TYPES))), pc.is_null(types)))
    counted: np.ndarray = np.where(paid & bad, np.abs(amount), 0.0)
    return counted
