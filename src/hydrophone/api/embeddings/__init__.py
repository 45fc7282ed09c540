"""Embeddings, as Perplexity and OpenAI have them."""
