"""The check: whether what an answer says follows from the sources that it cites for it."""
