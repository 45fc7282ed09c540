"""The HTTP door: OpenAI and Perplexity dialects."""
