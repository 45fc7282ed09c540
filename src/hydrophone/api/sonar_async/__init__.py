"""Sonar in the background: a chat request is taken in, and its answer is fetched later."""
