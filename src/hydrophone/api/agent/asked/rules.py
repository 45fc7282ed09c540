"""How requests of the Agent dialect are read; the server's settings say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """`default_model` answers for models of other providers. `strict` refuses what Perplexity's
    service refuses and what can be understood all the same, `lenient` takes what OpenAI's clients
    send and says what has no effect. Without `pro_search` nothing is searched for in rounds."""

    default_model: str = "default"
    strict: bool = False
    lenient: bool = False
    pro_search: bool = True
