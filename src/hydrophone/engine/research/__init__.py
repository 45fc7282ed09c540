"""Reports: the inquiry into a question, within bounds, and the sections written from it."""
