"""Perplexity's web session, opened as the settings say."""
