"""Measuring answers: what is asked, who is asked, what comes back, and how good it is."""
