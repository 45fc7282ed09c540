"""The items that a response's `output` is made of, as the Agent dialect shapes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from hydrophone.api.chat.shapes import citation_object, dates, image_object
from hydrophone.types import Citation, Image, JsonValue, SearchResult, Source

ItemStatus: TypeAlias = Literal["in_progress", "completed", "incomplete", "failed", "cancelled"]
Item: TypeAlias = dict[str, JsonValue]


def result_object(source: Source) -> Item:
    """One of `results`; its `id` is the number that the text cites it by."""
    result = source.result
    return {
        "id": source.n,
        "title": result.title,
        "url": result.url,
        "snippet": result.snippet,
        "source": "web",
        **dates(result),
    }


def search_results_item(key: str, queries: Sequence[str], sources: Iterable[Source]) -> Item:
    """The sources under their numbers, and what was searched for."""
    return {
        "id": key,
        "type": "search_results",
        "queries": list(queries),
        "results": [result_object(source) for source in sources],
    }


def page_object(result: SearchResult) -> Item:
    """One of `contents`."""
    return {"title": result.title, "url": result.url, "snippet": result.snippet}


def pages_item(key: str, pages: Iterable[SearchResult]) -> Item:
    """The pages that were read."""
    return {
        "id": key,
        "type": "fetch_url_results",
        "contents": [page_object(page) for page in pages],
    }


def images_item(key: str, queries: Sequence[str], images: Iterable[Image]) -> Item:
    """The images that were found."""
    results = [image_object(image) for image in images]
    return {
        "id": key,
        "type": "image_search_results",
        "queries": list(queries),
        "results": results,
    }


def message_item(
    key: str, status: ItemStatus, text: str, annotations: Sequence[JsonValue], thoughts: str
) -> Item:
    """The answer's text. `reasoning_content` are the thoughts before it, where there are some."""
    part: JsonValue = {"type": "output_text", "text": text, "annotations": list(annotations)}
    item: Item = {
        "id": key,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [part],
    }
    return {**item, "reasoning_content": thoughts} if thoughts else item


def call_item(key: str, call_id: str, name: str, arguments: str, status: ItemStatus) -> Item:
    """A call of one of the caller's functions."""
    return {
        "id": key,
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": status,
    }


def annotation(citation: Citation, result: SearchResult) -> Item:
    """A `url_citation` with its proof, as in the chat dialect but all on one level."""
    return {"type": "url_citation", **citation_object(citation, result)}
