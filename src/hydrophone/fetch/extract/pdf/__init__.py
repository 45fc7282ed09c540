"""PDF into text."""
