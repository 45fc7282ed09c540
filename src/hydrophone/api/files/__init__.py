"""Files: what callers send for batches, and what batches make for them."""
