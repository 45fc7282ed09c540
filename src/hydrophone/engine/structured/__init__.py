"""Answers in JSON or by a pattern: checked before the search, and again before they go out."""
