"""Files, and batches with their lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Make the three tables."""
    _make_files()
    _make_batches()
    _make_lines()


def _make_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("principal_kind", sa.String, nullable=False),
        sa.Column("principal_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("ix_files_principal_id_id", "files", ["principal_id", "id"])
    op.create_index("ix_files_expires_at_ms", "files", ["expires_at_ms"])


def _make_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("principal_kind", sa.String, nullable=False),
        sa.Column("principal_id", sa.String, nullable=False),
        sa.Column("idempotency_key", sa.String),
        sa.Column("endpoint", sa.String, nullable=False),
        sa.Column("input_file_id", sa.String, nullable=False),
        sa.Column("metadata", sa.String),
        sa.Column("keep_output_s", sa.Integer),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("lease_owner", sa.String),
        sa.Column("lease_until_ms", sa.BigInteger),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("in_progress_at_ms", sa.BigInteger),
        sa.Column("finalizing_at_ms", sa.BigInteger),
        sa.Column("cancelling_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("errors", sa.String),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("completed", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_file_id", sa.String),
        sa.Column("error_file_id", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.UniqueConstraint(
            "principal_kind",
            "principal_id",
            "idempotency_key",
            name="uq_batches_principal_kind_principal_id_idempotency_key",
        ),
    )
    op.create_index("ix_batches_status", "batches", ["status"])
    op.create_index("ix_batches_principal_id_id", "batches", ["principal_id", "id"])
    op.create_index("ix_batches_input_file_id", "batches", ["input_file_id"])


def _make_lines() -> None:
    op.create_table(
        "batch_lines",
        sa.Column("batch_id", sa.String, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("custom_id", sa.String, nullable=False),
        sa.Column("first_byte", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("job_id", sa.String),
        sa.Column("packed", sa.LargeBinary),
        sa.PrimaryKeyConstraint("batch_id", "line", name="pk_batch_lines"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_batch_lines_batch_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_batch_lines_batch_id_status_line", "batch_lines", ["batch_id", "status", "line"]
    )


def downgrade() -> None:
    """Drop the tables and what they hold; the files' bytes are deleted at the next clean-up."""
    op.drop_table("batch_lines")
    op.drop_table("batches")
    op.drop_table("files")
