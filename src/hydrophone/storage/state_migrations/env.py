"""What alembic runs: migrate the connection that the caller put into the configuration.

The caller holds the transaction, so a migration that fails leaves the database as it was.
"""

from __future__ import annotations

from alembic import context

from hydrophone.storage.state_tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
