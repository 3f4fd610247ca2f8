"""Add when each channel may be sent to next: its pace holds for all workers together."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Take the step. Code of before leaves the column empty."""
    op.add_column("notice_budgets", sa.Column("next_at", sa.BigInteger(), nullable=True))
