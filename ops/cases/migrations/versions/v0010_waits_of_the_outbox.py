"""Add since when a row of the outbox waits: a clock that is set back makes no wait longer."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Take the step. Code of before leaves the column empty."""
    op.add_column("outbox", sa.Column("waits_from", sa.BigInteger(), nullable=True))
