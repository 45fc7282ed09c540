"""RTF into documents."""
