"""Add indexes: incidents of a pattern or an action in the order of their changes, and the alerts of a day in
numbers without reading alerts.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Take the step."""
    for column in ("action", "pattern"):
        op.create_index(f"ix_incidents_{column}_updated_at_id", "incidents", [column, "updated_at", "id"])
    op.create_index("ix_alerts_time_decision_currency_amount", "alerts", ["time", "decision", "currency", "amount"])
