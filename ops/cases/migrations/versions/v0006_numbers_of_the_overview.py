"""Add what the overview counts from: an index for the queue, and counts of alerts by day with triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_SQLITE = """
CREATE TRIGGER alert_days_{event} AFTER {event} ON alerts BEGIN
  DELETE FROM alert_days WHERE day = {row}.time - {row}.time % 86400000;
END
"""
_FUNCTION = """
CREATE FUNCTION alert_days_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM alert_days WHERE day IN (SELECT DISTINCT time - time % 86400000 FROM changed);
  RETURN NULL;
END $$
"""
_POSTGRESQL = """
CREATE TRIGGER alert_days_{event} AFTER {event} ON alerts REFERENCING {row} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION alert_days_changed()
"""


def upgrade() -> None:
    """Take the step."""
    columns = ["in_queue", "status", "severity_rank", "due_at", "money"]
    op.create_index("ix_cases_in_queue_status_severity_rank_due_at_money", "cases", columns)
    op.create_table(
        "alert_days",
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("day", "decision", "currency", name="pk_alert_days"),
        sqlite_with_rowid=False,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(_FUNCTION)
    for event, row in (("insert", "new"), ("delete", "old")):
        op.execute((_SQLITE if is_sqlite else _POSTGRESQL).format(event=event, row=row))
