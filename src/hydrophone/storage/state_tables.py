"""The tables of `state.db`, as SQLAlchemy knows them; the migrations make the same ones.

Only what SQLite and PostgreSQL both accept. Times are whole milliseconds since 1970 in UTC. Only
`jobs`, `job_events` and `batch_lines` hold questions and answers: of callers who have asked in the
background, and responses that are to be stored. Other answers leave only their row in the ledger,
and the pages that they cited.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
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

# A job is held by `lease_owner` until `lease_until_ms`; `events` is how many are in the log.
JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("principal_kind", String, nullable=False),
    Column("principal_id", String, nullable=False),
    Column("door", String, nullable=False),
    Column("model", String, nullable=False),
    Column("idempotency_key", String),
    Column("asked", LargeBinary, nullable=False),
    Column("asked_sha256", String, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("cancel_asked", Boolean, nullable=False),
    Column("lease_owner", String),
    Column("lease_until_ms", BigInteger),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("started_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("events", Integer, nullable=False),
    Column("spent", String, nullable=False),
    Column("error_code", String),
    Column("error", String),
    UniqueConstraint("principal_kind", "principal_id", "idempotency_key"),
    Index(None, "status", "id"),
    Index(None, "principal_id", "id"),
    Index(None, "principal_id", "door", "id"),
    Index(None, "ended_at_ms"),
)

# A row holds some events in a row, packed, from number `first_seq` upwards.
JOB_EVENTS = Table(
    "job_events",
    METADATA,
    Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("first_seq", Integer, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)

# The texts of pages that were cited, each once, packed.
PAGE_TEXTS = Table(
    "page_texts",
    METADATA,
    Column("version", String, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)

# To whom a version was cited, last at `cited_at_ms`.
CITED_PAGES = Table(
    "cited_pages",
    METADATA,
    Column("version", String, ForeignKey("page_texts.version"), primary_key=True),
    Column("principal_kind", String, primary_key=True),
    Column("principal_id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("title", String, nullable=False),
    Column("read_at_ms", BigInteger, nullable=False),
    Column("cited_at_ms", BigInteger, nullable=False),
    Index(None, "cited_at_ms"),
)

# The bytes of a file are on disk, under its id.
FILES = Table(
    "files",
    METADATA,
    Column("id", String, primary_key=True),
    Column("principal_kind", String, nullable=False),
    Column("principal_id", String, nullable=False),
    Column("name", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Index(None, "principal_id", "id"),
    Index(None, "expires_at_ms"),
)

# Held by a lease as a job is. `metadata` and `errors` are JSON.
BATCHES = Table(
    "batches",
    METADATA,
    Column("id", String, primary_key=True),
    Column("principal_kind", String, nullable=False),
    Column("principal_id", String, nullable=False),
    Column("idempotency_key", String),
    Column("endpoint", String, nullable=False),
    Column("input_file_id", String, nullable=False),
    Column("metadata", String),
    Column("keep_output_s", Integer),
    Column("status", String, nullable=False),
    Column("lease_owner", String),
    Column("lease_until_ms", BigInteger),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("in_progress_at_ms", BigInteger),
    Column("finalizing_at_ms", BigInteger),
    Column("cancelling_at_ms", BigInteger),
    Column("ended_at_ms", BigInteger),
    Column("errors", String),
    Column("total", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("reasoning_tokens", BigInteger, nullable=False),
    Column("output_file_id", String),
    Column("error_file_id", String),
    UniqueConstraint("principal_kind", "principal_id", "idempotency_key"),
    Index(None, "status"),
    Index(None, "principal_id", "id"),
    Index(None, "input_file_id"),
)

# The lines of batches that have not ended: where each stands in the file, and what has come of it.
BATCH_LINES = Table(
    "batch_lines",
    METADATA,
    Column("batch_id", String, ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("custom_id", String, nullable=False),
    Column("first_byte", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("job_id", String),
    Column("packed", LargeBinary),
    Index(None, "batch_id", "status", "line"),
)
