"""The tables of incidents, alerts, cases and verdicts."""

import sqlalchemy as sa
from alembic import op


def make() -> None:
    """Make them."""
    _incidents()
    _incident_revisions()
    _incident_rings()
    _incident_entities()
    _alerts()
    _alert_entities()
    _cases()
    _comments()
    _verdicts()
    _verdict_alerts()


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=True),
        sa.Column("headline", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("money", sa.Double(), nullable=False),
        sa.Column("score_max", sa.Double(), nullable=False),
        sa.Column("ring", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_alerts_id", "incidents", ["alerts", "id"])
    op.create_index("ix_incidents_kind_updated_at_id", "incidents", ["kind", "updated_at", "id"])
    op.create_index("ix_incidents_money_id", "incidents", ["money", "id"])
    op.create_index("ix_incidents_opened_at_id", "incidents", ["opened_at", "id"])
    op.create_index("ix_incidents_ring_opened_at", "incidents", ["ring", "opened_at"])
    op.create_index("ix_incidents_score_max_id", "incidents", ["score_max", "id"])
    op.create_index("ix_incidents_severity_rank_id", "incidents", ["severity_rank", "id"])
    op.create_index("ix_incidents_severity_rank_updated_at_id", "incidents", ["severity_rank", "updated_at", "id"])
    op.create_index("ix_incidents_status_updated_at_id", "incidents", ["status", "updated_at", "id"])
    op.create_index("ix_incidents_updated_at_id", "incidents", ["updated_at", "id"])


def _incident_revisions() -> None:
    op.create_table(
        "incident_revisions",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_incident_revisions_incident_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident_id", "revision", name="pk_incident_revisions"),
    )


def _incident_rings() -> None:
    op.create_table(
        "incident_rings",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("ring", sa.Text(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_incident_rings_incident_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("incident_id", "ring", name="pk_incident_rings"),
    )
    op.create_index("ix_incident_rings_ring_first_time", "incident_rings", ["ring", "first_time"])


def _incident_entities() -> None:
    op.create_table(
        "incident_entities",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_incident_entities_incident_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity", "incident_id", name="pk_incident_entities"),
    )
    op.create_index("ix_incident_entities_entity_opened_at_incident_id", "incident_entities", ["entity", "opened_at", "incident_id"])
    op.create_index("ix_incident_entities_incident_id_alerts_entity", "incident_entities", ["incident_id", "alerts", "entity"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.Column("is_loose", sa.Boolean(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("ring", sa.Text(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_alerts_incident_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("account", "event_id", name="uq_alerts_account_event_id"),
    )
    op.create_index("ix_alerts_event_id", "alerts", ["event_id"])
    op.create_index("ix_alerts_incident_id_time_id", "alerts", ["incident_id", "time", "id"])
    op.create_index(
        "ix_alerts_ring_time", "alerts", ["ring", "time"], sqlite_where=sa.text("is_loose = 1"), postgresql_where=sa.text("is_loose")
    )
    op.create_index("ix_alerts_time_id", "alerts", ["time", "id"])


def _alert_entities() -> None:
    op.create_table(
        "alert_entities",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_entities_alert_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entity", "time", "alert_id", name="pk_alert_entities"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alert_entities_alert_id", "alert_entities", ["alert_id"])


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("in_queue", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("is_due_set", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("money", sa.Double(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_alerts", sa.Integer(), nullable=True),
        sa.Column("reopened_why", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'claimed') = (owner IS NOT NULL AND claimed_until IS NOT NULL)", name="ck_cases_owner"),
        sa.CheckConstraint("status IN ('open', 'claimed', 'closed')", name="ck_cases_status"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_cases_incident_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("incident_id", name="uq_cases_incident_id"),
    )
    op.create_index("ix_cases_due_at_id", "cases", ["due_at", "id"])
    op.create_index("ix_cases_in_queue_due_at_id", "cases", ["in_queue", "due_at", "id"])
    op.create_index("ix_cases_in_queue_priority_id", "cases", ["in_queue", "priority", "id"])
    op.create_index("ix_cases_in_queue_updated_at_id", "cases", ["in_queue", "updated_at", "id"])
    op.create_index("ix_cases_owner_in_queue_due_at_id", "cases", ["owner", "in_queue", "due_at", "id"])
    op.create_index("ix_cases_owner_in_queue_priority_id", "cases", ["owner", "in_queue", "priority", "id"])
    op.create_index("ix_cases_owner_in_queue_updated_at_id", "cases", ["owner", "in_queue", "updated_at", "id"])
    op.create_index("ix_cases_priority_id", "cases", ["priority", "id"])
    op.create_index("ix_cases_status_claimed_until", "cases", ["status", "claimed_until"])
    op.create_index("ix_cases_updated_at_id", "cases", ["updated_at", "id"])


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_comments_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
    )
    op.create_index("ix_comments_case_id_id", "comments", ["case_id", "id"])


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undo_until", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_why", sa.Text(), nullable=True),
        sa.CheckConstraint("word IN ('fraud', 'legitimate', 'inconclusive')", name="ck_verdicts_word"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_verdicts_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_at_word", "verdicts", ["at", "word"])
    op.create_index("ix_verdicts_case_id_at_id", "verdicts", ["case_id", "at", "id"])


def _verdict_alerts() -> None:
    op.create_table(
        "verdict_alerts",
        sa.Column("verdict_id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("is_said", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_verdict_alerts_alert_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name="fk_verdict_alerts_verdict_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("verdict_id", "alert_id", name="pk_verdict_alerts"),
    )
    op.create_index("ix_verdict_alerts_alert_id_verdict_id", "verdict_alerts", ["alert_id", "verdict_id"])
