"""What Alembic runs for every command: our connection, one transaction for all steps."""

from alembic import context

from ops.cases.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
