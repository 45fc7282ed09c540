"""Embeddings by `langchain-perplexity`."""

from __future__ import annotations

from typing import Any

from langchain_perplexity import PerplexityEmbeddings
from outcomes import KEY, URL, play
from perplexity import AsyncPerplexity, Perplexity

TEXTS = ["Whales sing.", "Does the blue whale sing?", "Cologne has a cathedral."]
OPTIONS: dict[str, Any] = {"base_url": URL, "api_key": KEY, "max_retries": 0}


def embeddings(**options: Any) -> PerplexityEmbeddings:
    asking = {"client": Perplexity(**OPTIONS), "async_client": AsyncPerplexity(**OPTIONS)}
    return PerplexityEmbeddings(api_key=KEY, **asking, **options)


play(
    {
        "documents": lambda: embeddings().embed_documents(TEXTS),
        "query": lambda: embeddings(model="pplx-embed-v1-0.6b").embed_query(TEXTS[0]),
        "documents async": lambda: embeddings().aembed_documents(TEXTS),
    }
)
