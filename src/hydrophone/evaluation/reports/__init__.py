"""What was measured on answers, as figures, as JSON, as a comparison, and as a page."""
