"""What a model id means to the engine: how much it searches, reads and says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings of one engine model. `chat_model` is the id at the endpoint, None to quote.

    `pages` is how many found pages are read, where the search knows only excerpts of them.
    """

    results: int = 8
    pages: int = 5
    queries: int = 1
    sentences: int = 4
    pairs: int = 12
    passage_tokens: int = 3000
    search: bool = True
    chat_model: str | None = None
