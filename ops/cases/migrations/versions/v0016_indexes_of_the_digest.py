"""Add the indexes by which a digest finds its day."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Take the step."""
    op.create_index("ix_decided_events_time", "decided_events", ["time"])
    op.create_index("ix_incident_revisions_at", "incident_revisions", ["at"])
