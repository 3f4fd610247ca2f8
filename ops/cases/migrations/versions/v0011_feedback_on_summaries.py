"""Add what people say of the summaries. Code of before does not know it; it goes with its incident."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "summary_feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("rating", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("text", sa.JSON(), nullable=True),
        sa.Column("is_changed", sa.Boolean(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint("rating IN ('good', 'bad')", name="ck_summary_feedback_rating"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_summary_feedback_incident_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_summary_feedback"),
    )
    for columns in (["incident_id", "revision", "by"], ["at", "id"]):
        op.create_index(f"ix_summary_feedback_{'_'.join(columns)}", "summary_feedback", columns)
