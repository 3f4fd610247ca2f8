"""Add who asked for the release of an action that no verdict is of."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "action_releases",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "event_key", "action", "by", "reason")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "due_at")),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_action_releases"),
    )
    for columns in (["due_at"], ["by", "at"]):
        op.create_index(f"ix_action_releases_{'_'.join(columns)}", "action_releases", columns)
