"""Keys and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "keys",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("prefix", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("last_four", sa.String, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("prefix", name="uq_keys_prefix"),
    )
    op.create_table(
        "ledger",
        sa.Column("request_id", sa.String, nullable=False),
        sa.Column("principal_kind", sa.String, nullable=False),
        sa.Column("principal_id", sa.String, nullable=False),
        sa.Column("door", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("error_code", sa.String),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("completion_tokens", sa.Integer, nullable=False),
        sa.Column("reasoning_tokens", sa.Integer, nullable=False),
        sa.Column("citation_tokens", sa.Integer, nullable=False),
        sa.Column("search_queries", sa.Integer, nullable=False),
        sa.Column("pages_read", sa.Integer, nullable=False),
        sa.Column("model_calls", sa.Integer, nullable=False),
        sa.Column("cost_usd", sa.Double),
        sa.PrimaryKeyConstraint("request_id", name="pk_ledger"),
    )
    op.create_index("ix_ledger_started_at_ms", "ledger", ["started_at_ms"])
    op.create_index(
        "ix_ledger_principal_id_started_at_ms", "ledger", ["principal_id", "started_at_ms"]
    )


def downgrade() -> None:
    """Drop both tables and what they hold."""
    op.drop_table("ledger")
    op.drop_table("keys")
