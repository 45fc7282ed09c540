"""The search dialect: pages with long snippets, and no answer."""
