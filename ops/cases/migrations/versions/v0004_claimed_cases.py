"""Add indexes: claimed cases in each order, without passing over all that are open."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Take the step."""
    for order in ("priority", "due_at", "updated_at"):
        op.create_index(f"ix_cases_status_{order}_id", "cases", ["status", order, "id"])
