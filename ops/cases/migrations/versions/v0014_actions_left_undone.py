"""Add which actions were left undone. Code of before leaves the column empty."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Take the step."""
    op.add_column("actions", sa.Column("is_undone", sa.Boolean(), nullable=True))
