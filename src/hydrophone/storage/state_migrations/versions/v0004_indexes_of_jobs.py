"""Jobs are found by their door and by their end, among many stored answers."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Make the two indexes."""
    op.create_index("ix_jobs_principal_id_door_id", "jobs", ["principal_id", "door", "id"])
    op.create_index("ix_jobs_ended_at_ms", "jobs", ["ended_at_ms"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_jobs_ended_at_ms", "jobs")
    op.drop_index("ix_jobs_principal_id_door_id", "jobs")
