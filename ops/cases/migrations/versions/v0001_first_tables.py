"""Make the first tables, the head of an empty chain, and what refuses to change the chain."""

from alembic import op
from sqlalchemy import text

from ops.cases.migrations.first_tables import incidents, people

revision = "0001"
down_revision = None

_GENESIS = "0" * 64
_FROZEN = "the audit is only ever added to"


def upgrade() -> None:
    """Take the step."""
    incidents.make()
    people.make()
    op.execute(text("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, :hash)").bindparams(hash=_GENESIS))
    op.execute("INSERT INTO store_facts (name, value) VALUES ('oldest_code', '0001')")
    if op.get_context().dialect.name == "sqlite":
        _freeze_audit_of_sqlite()
    else:
        _freeze_audit_of_postgresql()


def _freeze_audit_of_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, '{_FROZEN}'); END")


def _freeze_audit_of_postgresql() -> None:
    op.execute(f"CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_FROZEN}'; END $$")
    op.execute(
        "CREATE TRIGGER audit_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
    )
