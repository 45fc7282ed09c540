"""What callers attach to a question: files are read, pictures looked at, and nothing is kept."""
