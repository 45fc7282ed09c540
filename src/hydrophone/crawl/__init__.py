"""Walking sites: what is due, what may be fetched, and what became of it."""
