"""Alembic's migrations of `state.db`, shipped in the package and run when it is opened."""

# Kept here so that a database that is up to date opens without importing alembic.
HEAD = "0004"
