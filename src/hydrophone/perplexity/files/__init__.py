"""Files beside a question: what may be given, and how it gets to the service."""
