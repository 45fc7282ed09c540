"""Writing with a language model: what it is sent, and how its text becomes a checked answer."""
