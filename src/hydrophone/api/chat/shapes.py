"""The objects that a chat answer is made of, as Perplexity's Sonar shapes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hydrophone.types import (
    Citation,
    Image,
    JsonValue,
    Notice,
    SearchResult,
    Step,
    StepResult,
    ToolCallDelta,
    Video,
)


def search_result(result: SearchResult) -> dict[str, JsonValue]:
    """One entry of `search_results`; dates as YYYY-MM-DD, left out when unknown. `content` is the
    older name of `snippet`."""
    body: dict[str, JsonValue] = {
        "title": result.title,
        "url": result.url,
        "snippet": result.snippet,
        "content": result.snippet,
        "source": "attachment" if result.kind == "attachment" else "web",
    }
    return body | dates(result)


def dates(result: SearchResult) -> dict[str, JsonValue]:
    """`date` and `last_updated` as YYYY-MM-DD, each left out when it is unknown."""
    known = {"date": result.published, "last_updated": result.modified}
    return {name: day.date().isoformat() for name, day in known.items() if day is not None}


def notices_array(notices: Iterable[Notice]) -> list[JsonValue]:
    """What the caller should know about how the answer came to be."""
    return [{"type": one.kind, "message": one.message} for one in notices]


def image_object(image: Image) -> dict[str, JsonValue]:
    """One entry of `images`. An unknown size is 0: clients refuse an answer without numbers."""
    return {
        "image_url": image.url,
        "origin_url": image.origin_url,
        "title": image.title,
        "width": image.width or 0,
        "height": image.height or 0,
    }


def video_object(video: Video) -> dict[str, JsonValue]:
    """One entry of `videos`; what is unknown is left out."""
    known: dict[str, JsonValue] = {
        "url": video.url,
        "thumbnail_url": video.thumbnail_url,
        "thumbnail_width": video.thumbnail_width,
        "thumbnail_height": video.thumbnail_height,
        "duration": video.duration_s,
    }
    return {name: value for name, value in known.items() if value is not None}


def reasoning_step(
    step: Step, ended: StepResult | None, known: Mapping[str, SearchResult]
) -> dict[str, JsonValue] | None:
    """One entry of `reasoning_steps`; None for a step that has nothing to tell.

    `ended` is its result, if it has come; `known` are the results so far by URL, for the titles of
    the pages that a step has read.
    """
    if step.kind == "web_search":
        hits = ended.hits if ended else ()
        return {
            "thought": step.thought or f"Searching for: {'; '.join(step.queries)}",
            "type": "web_search",
            "web_search": {
                "search_keywords": list(step.queries),
                "search_results": [search_result(hit) for hit in hits],
            },
        }
    if step.kind == "fetch_url":
        return {
            "thought": step.thought or f"Reading: {'; '.join(step.urls)}",
            "type": "fetch_url_content",
            "fetch_url_content": {"contents": _contents(ended, known)},
        }
    return {"thought": step.thought, "type": step.kind} if step.thought else None


def _contents(ended: StepResult | None, known: Mapping[str, SearchResult]) -> list[JsonValue]:
    if ended is None:
        return []
    if ended.hits:
        return [search_result(hit) for hit in ended.hits]
    return [search_result(known.get(url) or SearchResult(url, "", "")) for url in ended.pages]


def call_delta(delta: ToolCallDelta) -> dict[str, JsonValue]:
    """One entry of a chunk's `tool_calls`."""
    function: dict[str, JsonValue] = {"arguments": delta.arguments}
    if delta.name is not None:
        function["name"] = delta.name
    call: dict[str, JsonValue] = {"index": delta.index, "function": function}
    if delta.id is not None:
        call |= {"id": delta.id, "type": "function"}
    return call


def url_citation(citation: Citation, result: SearchResult, *, shift: int) -> dict[str, JsonValue]:
    """OpenAI's `url_citation`. `shift` is where in the message's content the answer's own text
    begins."""
    return {"type": "url_citation", "url_citation": citation_object(citation, result, shift=shift)}


def citation_object(
    citation: Citation, result: SearchResult, *, shift: int = 0
) -> dict[str, JsonValue]:
    """What stands in a `url_citation`: the page, `start_index` and `end_index` in Unicode code
    points of the text, the end exclusive, and beside them the proof: quote, version, offsets,
    verdict, score and where the citation comes from."""
    span = citation.answer_span
    return {
        "url": result.url,
        "title": result.title,
        "start_index": shift + span.start if span else 0,
        "end_index": shift + span.end if span else 0,
        "number": citation.n,
        "quote": citation.quote,
        "source_sha256": citation.source_span.version,
        "source_start": citation.source_span.start,
        "source_end": citation.source_span.end,
        "verdict": citation.verdict,
        "score": None if citation.score is None else round(citation.score, 3),
        "origin": citation.origin,
    }
