"""Honesty: what an answer's sources do not show, how old they are, and where they disagree."""
