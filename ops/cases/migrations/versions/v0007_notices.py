"""Add what notifications need: rows of the outbox that are of an incident, or are given up; what each channel
shows of an incident, and how much it has sent; unclaimed cases by age.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_STATES = "state IN ('pending', 'sent', 'cancelled', 'dead', 'expired')"
_INDEXES = (("kind", "state", "due_at", "id"), ("target", "state", "id"), ("incident", "target", "state", "id"))


def upgrade() -> None:
    """Take the step."""
    _widen_outbox()
    for columns in _INDEXES:
        op.create_index(f"ix_outbox_{'_'.join(columns)}", "outbox", list(columns))
    op.create_index("ix_cases_status_opened_at_id", "cases", ["status", "opened_at", "id"])
    op.create_table(
        "notice_threads",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("is_gathered", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_notice_threads_incident_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident_id", "channel", name="pk_notice_threads"),
    )
    op.create_table(
        "notice_budgets",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("minute_at", sa.BigInteger(), nullable=False),
        sa.Column("minute_sent", sa.Integer(), nullable=False),
        sa.Column("hour_at", sa.BigInteger(), nullable=False),
        sa.Column("hour_sent", sa.Integer(), nullable=False),
        sa.Column("is_holding", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_notice_budgets"),
    )


def _widen_outbox() -> None:
    """Add a column and two states; SQLite changes no constraint, so that its table is made anew."""
    if op.get_context().dialect.name != "sqlite":
        op.add_column("outbox", sa.Column("incident", sa.Text(), nullable=True))
        op.drop_constraint("ck_outbox_state", "outbox", type_="check")
        op.create_check_constraint("ck_outbox_state", "outbox", _STATES)
        return
    before = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("outbox")]
    op.rename_table("outbox", "outbox_before")
    for index in ("ix_outbox_state_due_at_id", "ix_outbox_verdict_id_state"):
        op.drop_index(index, "outbox_before")
    _make_outbox()
    names = ", ".join(f'"{name}"' for name in before)
    op.execute(f"INSERT INTO outbox ({names}) SELECT {names} FROM outbox_before")  # noqa: S608 - names of columns
    op.drop_table("outbox_before")


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=True),
        sa.Column("verdict_id", sa.Text(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(_STATES, name="ck_outbox_state"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_state_due_at_id", "outbox", ["state", "due_at", "id"])
    op.create_index("ix_outbox_verdict_id_state", "outbox", ["verdict_id", "state"])
