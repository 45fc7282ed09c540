"""The pages that citations point into, by the hash of their text."""
