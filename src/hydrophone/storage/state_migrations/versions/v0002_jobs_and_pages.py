"""Jobs with their logs of events, and the pages that were cited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Make the four tables."""
    _make_jobs()
    _make_pages()


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("principal_kind", sa.String, nullable=False),
        sa.Column("principal_id", sa.String, nullable=False),
        sa.Column("door", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("idempotency_key", sa.String),
        sa.Column("asked", sa.LargeBinary, nullable=False),
        sa.Column("asked_sha256", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("cancel_asked", sa.Boolean, nullable=False),
        sa.Column("lease_owner", sa.String),
        sa.Column("lease_until_ms", sa.BigInteger),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("spent", sa.String, nullable=False),
        sa.Column("error_code", sa.String),
        sa.Column("error", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint(
            "principal_kind",
            "principal_id",
            "idempotency_key",
            name="uq_jobs_principal_kind_principal_id_idempotency_key",
        ),
    )
    op.create_index("ix_jobs_status_id", "jobs", ["status", "id"])
    op.create_index("ix_jobs_principal_id_id", "jobs", ["principal_id", "id"])
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.String, nullable=False),
        sa.Column("first_seq", sa.Integer, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "first_seq", name="pk_job_events"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name="fk_job_events_job_id", ondelete="CASCADE"
        ),
    )


def _make_pages() -> None:
    op.create_table(
        "page_texts",
        sa.Column("version", sa.String, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_page_texts"),
    )
    op.create_table(
        "cited_pages",
        sa.Column("version", sa.String, nullable=False),
        sa.Column("principal_kind", sa.String, nullable=False),
        sa.Column("principal_id", sa.String, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("read_at_ms", sa.BigInteger, nullable=False),
        sa.Column("cited_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("version", "principal_kind", "principal_id", name="pk_cited_pages"),
        sa.ForeignKeyConstraint(["version"], ["page_texts.version"], name="fk_cited_pages_version"),
    )
    op.create_index("ix_cited_pages_cited_at_ms", "cited_pages", ["cited_at_ms"])


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.drop_table("cited_pages")
    op.drop_table("page_texts")
    op.drop_table("job_events")
    op.drop_table("jobs")
