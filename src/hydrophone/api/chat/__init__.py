"""The chat dialect: OpenAI's and Perplexity's bodies to questions, and events to their answers."""
