"""The tables of `state.db`, as SQLAlchemy knows them; the migrations make the same ones.

Only what SQLite and PostgreSQL both accept. Times are whole milliseconds since 1970 in UTC. No
table holds the text of a question or of an answer.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, String, Table

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Rows are never deleted and never un-revoked: two counts tell whether anything changed.
KEYS = Table(
    "keys",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("prefix", String, nullable=False, unique=True),
    Column("hash", String, nullable=False),
    Column("last_four", String, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
)

LEDGER = Table(
    "ledger",
    METADATA,
    Column("request_id", String, primary_key=True),
    Column("principal_kind", String, nullable=False),
    Column("principal_id", String, nullable=False),
    Column("door", String, nullable=False),
    Column("model", String, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),
    Column("error_code", String),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("reasoning_tokens", Integer, nullable=False),
    Column("citation_tokens", Integer, nullable=False),
    Column("search_queries", Integer, nullable=False),
    Column("pages_read", Integer, nullable=False),
    Column("model_calls", Integer, nullable=False),
    Column("cost_usd", Double),
    Index(None, "started_at_ms"),
    Index(None, "principal_id", "started_at_ms"),
)
