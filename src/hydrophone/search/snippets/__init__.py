"""Long snippets of found pages, within budgets of tokens."""
