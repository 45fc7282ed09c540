"""Perplexity's web session: a client for people with an account there, with their own session."""
