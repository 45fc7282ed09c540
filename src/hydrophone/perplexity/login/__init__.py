"""Signing in to Perplexity's web service, with a code or a link that it sends by mail."""
