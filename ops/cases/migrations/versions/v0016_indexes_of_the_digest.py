"""Add the indexes by which a digest finds its day."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Take the step."""
    columns = ["time", "decision", "decided_at"]  # all that the day's decisions are counted by: no row is read
    op.create_index("ix_decided_events_time_decision_decided_at", "decided_events", columns)
    op.create_index("ix_incident_revisions_at", "incident_revisions", ["at"])
