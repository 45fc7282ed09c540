"""HTML into text and links: manuals as they stand, other pages by what looks like an article."""
