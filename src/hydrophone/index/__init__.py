"""Own documents: cut into passages, stored, found by words and by vectors."""
