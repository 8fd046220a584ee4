"""What Alembic runs: the steps that are missing, on the connection it was handed."""

from __future__ import annotations

from alembic import context

from adapters.stores.sql.tables.all_tables import ALL_TABLES

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=ALL_TABLES[0].metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
