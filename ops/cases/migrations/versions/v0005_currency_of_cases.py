"""Add the currency of a case's money, which is that of its incident's largest sum."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_HUNDREDTHS = {"CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
"""Currencies of which a hundred are compared with one of another."""
_ROWS = 1000
_CASES = sa.table("cases", sa.column("id", sa.Text()), sa.column("incident_id", sa.Text()), sa.column("currency", sa.Text()))
_INCIDENTS = sa.table("incidents", sa.column("id", sa.Text()), sa.column("document", sa.JSON()))


def upgrade() -> None:
    """Take the step."""
    op.add_column("cases", sa.Column("currency", sa.Text(), nullable=True))
    last = ""
    while rows := _rows_after(last):
        last = rows[-1][0]
        found = [{"case": case_id, "its": its} for case_id, sums in rows if (its := _currency_of(sums)) is not None]
        if found:
            write = sa.update(_CASES).where(_CASES.c.id == sa.bindparam("case")).values(currency=sa.bindparam("its"))
            op.get_bind().execute(write, found)


def _rows_after(last: str) -> list[tuple[str, Any]]:
    wanted = sa.select(_CASES.c.id, _INCIDENTS.c.document["money_at_risk"]).join(_INCIDENTS, _INCIDENTS.c.id == _CASES.c.incident_id)
    found = op.get_bind().execute(wanted.where(_CASES.c.id > last).order_by(_CASES.c.id).limit(_ROWS))
    return [(case_id, sums) for case_id, sums in found]


def _currency_of(sums: Any) -> str | None:
    if not isinstance(sums, Mapping):
        return None
    measures = [(amount / (100 if currency in _HUNDREDTHS else 1), currency) for currency, amount in sums.items()]
    return max(measures, default=(0, None))[1]
