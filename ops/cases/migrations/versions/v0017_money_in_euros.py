"""Measure the money of incidents and cases in euros, by which the code now compares sums of currencies."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from domain.incidents.money import to_units, yardstick
from ops.cases.ingest.case_upkeep import priority_of

revision = "0017"
down_revision = "0016"

_ROWS = 1000
_INCIDENTS = sa.table("incidents", sa.column("id", sa.Text()), sa.column("money", sa.Float()), sa.column("document", sa.JSON()))
_CASES = sa.table(
    "cases",
    *(sa.column(name, sa.Text()) for name in ("incident_id", "currency")),
    *(sa.column(name, sa.Float()) for name in ("money", "priority", "severity_rank")),
)


def upgrade() -> None:
    """Take the step."""
    last = ""
    while rows := _rows_after(last):
        last = rows[-1][0]
        for incident_id, money, sums in rows:
            measure, currency = _largest(sums)
            if measure != money:
                _write(incident_id, measure, currency)


def _rows_after(last: str) -> list[tuple[str, float, Any]]:
    wanted = sa.select(_INCIDENTS.c.id, _INCIDENTS.c.money, _INCIDENTS.c.document["money_at_risk"])
    found = op.get_bind().execute(wanted.where(_INCIDENTS.c.id > last).order_by(_INCIDENTS.c.id).limit(_ROWS))
    return [(incident_id, money, sums) for incident_id, money, sums in found]


def _largest(sums: Any) -> tuple[float, str | None]:
    if not isinstance(sums, Mapping):
        return 0.0, None
    return max(((yardstick(to_units(amount), currency), currency) for currency, amount in sums.items()), default=(0.0, None))


def _write(incident_id: str, measure: float, currency: str | None) -> None:
    op.get_bind().execute(sa.update(_INCIDENTS).where(_INCIDENTS.c.id == incident_id).values(money=measure))
    its = _CASES.c.incident_id == incident_id
    (ranks,) = op.get_bind().execute(sa.select(sa.func.max(_CASES.c.severity_rank)).where(its)).one()
    if ranks is not None:
        op.get_bind().execute(
            sa.update(_CASES).where(its).values(money=measure, currency=currency, priority=priority_of(int(ranks), measure))
        )
