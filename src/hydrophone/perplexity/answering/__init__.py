"""Perplexity's web session as an answerer: pooled clients, kept conversations, events."""
