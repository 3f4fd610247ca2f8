"""Add what actions need: what the shop is asked to do with events, the minutes that budgets are counted from,
and verdicts by when they come into force.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "actions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "event_key", "event_id", "account", "event_type")),
        sa.Column("event_time", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("why", "by", "decision")),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("is_dry", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("action IN ('hold', 'verify', 'block', 'release')", name="ck_actions_action"),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
        sa.UniqueConstraint("key", name="uq_actions_key"),
    )
    for columns in (["event_key"], ["event_id"], ["taken_at", "id"], ["ended_at", "ends_at"]):
        op.create_index(f"ix_actions_{'_'.join(columns)}", "actions", columns)
    for column in ("undo_until", "undone_at"):
        op.create_index(f"ix_verdicts_{column}", "verdicts", [column])
    op.create_table(
        "action_minutes",
        sa.Column("minute_at", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("legitimate", sa.Double(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Double(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute_at", name="pk_action_minutes"),
        sqlite_with_rowid=False,
    )
