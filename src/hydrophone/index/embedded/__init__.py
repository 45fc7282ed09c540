"""The index that needs no server: SQLite is the truth, tantivy and usearch are derived from it."""
