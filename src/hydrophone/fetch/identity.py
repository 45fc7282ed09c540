"""Who we say we are: two robots, each with its own name in robots.txt.

The crawler fetches pages for the index; the reader fetches a page that somebody's question needs.
"""

from __future__ import annotations

CRAWLER = "HydrophoneBot"
READER = "Hydrophone-User"


def user_agent(token: str, operator_url: str | None = None) -> str:
    """The full user agent of a product token; `operator_url` tells site owners who is behind it."""
    about = f"; +{operator_url}" if operator_url else ""
    return f"Mozilla/5.0 (compatible; {token}/1.0{about})"
