"""Batches: the lines of a file as jobs, and what has come of them as files again."""
