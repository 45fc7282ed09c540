"""Recordings: what an answer was made of, kept so that the engine can be run on it again."""
