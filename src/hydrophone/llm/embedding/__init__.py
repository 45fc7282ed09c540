"""Vectors for callers: texts of any length, and chunks with the context of their document."""
