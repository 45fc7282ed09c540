"""What stands beside asking: keys, and what Perplexity has and this server does not."""
