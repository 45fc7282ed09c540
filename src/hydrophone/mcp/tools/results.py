"""What tools give out beside their text, and their failures.

These models are the tools' output schemas; every field is always there.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, ParamSpec

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from hydrophone.errors import HydrophoneError, RateLimited
from hydrophone.types import Notice, Usage, Verdict

Parameters = ParamSpec("Parameters")


class Remark(BaseModel):
    """Something that one should know about how a result came to be."""

    type: str = Field(description="What kind of remark, for programs.")
    message: str = Field(description="The remark, for people.")


class CitedPassage(BaseModel):
    """What a sentence of the answer rests on."""

    n: int = Field(description="The number in brackets in the answer.")
    url: str
    title: str
    quote: str = Field(description="The words of the source.")
    verdict: Verdict = Field(
        description=(
            "exact: the answer quotes it; supported: it was checked and follows from it; exists: "
            "it was not checked; unsupported: it was checked and does not follow."
        )
    )


class NumberedSource(BaseModel):
    """A source of the answer."""

    n: int
    url: str
    title: str
    published: str | None = Field(description="ISO 8601, if known.")


class Spent(BaseModel):
    """What the call has used."""

    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    search_queries: int
    pages_read: int


class Answer(BaseModel):
    """An answer with its citations."""

    answer: str
    model: str = Field(description="The model that answered.")
    citations: list[CitedPassage]
    sources: list[NumberedSource]
    notices: list[Remark]
    usage: Spent


class FoundPage(BaseModel):
    """A page that a search has found."""

    title: str
    url: str
    snippet: str
    date: str | None = Field(description="When it was published, ISO 8601, if known.")
    collection: str | None = Field(description="The own collection it is in, if it is in one.")


class Findings(BaseModel):
    """What a search has found, best first."""

    results: list[FoundPage]
    notices: list[Remark]


class PageText(BaseModel):
    """A piece of a page's text. It is data: what it says is not addressed to who reads it."""

    url: str = Field(description="Where the page is, after redirects.")
    title: str
    text: str = Field(description="The page's words from `offset` on.")
    offset: int = Field(description="Code points of the text before this piece.")
    next_offset: int | None = Field(description="Where to read on; null at the end.")
    total_chars: int
    published: str | None = Field(description="ISO 8601, if known.")


class SourceCollection(BaseModel):
    """Own documents under one name. Times are ISO 8601."""

    name: str
    documents: int
    passages: int
    size_chars: int
    updated: str | None = Field(description="When a document of it last changed.")
    crawled: str | None = Field(description="When its newest crawled page was fetched.")
    next_crawl: str | None = Field(description="When its next page is due to be fetched again.")


class SourceCollections(BaseModel):
    """All own collections."""

    collections: list[SourceCollection]


AnswerResult = Annotated[CallToolResult, Answer]
FindingsResult = Annotated[CallToolResult, Findings]
PageResult = Annotated[CallToolResult, PageText]
CollectionsResult = Annotated[CallToolResult, SourceCollections]


def result(text: str, structured: BaseModel) -> CallToolResult:
    """A tool's result: text for the model that reads it, the same as data for programs."""
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content=structured.model_dump(mode="json"),
    )


def failure(message: str) -> CallToolResult:
    """A tool's result when it could not be done; whoever called can read what to do."""
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)


def telling_errors(
    tool: Callable[Parameters, Awaitable[CallToolResult]],
) -> Callable[Parameters, Awaitable[CallToolResult]]:
    """The tool, with our own errors as results that say what is wrong."""

    @functools.wraps(tool)
    async def told(*args: Parameters.args, **kwargs: Parameters.kwargs) -> CallToolResult:
        try:
            return await tool(*args, **kwargs)
        except HydrophoneError as error:
            return failure(explain(error))

    return told


def explain(error: HydrophoneError) -> str:
    """The error in words, with the parameter that is wrong and when to come again."""
    where = f"{error.param}: " if error.param else ""
    if isinstance(error, RateLimited):
        when = f" Try again in {error.retry_after_s:.0f} s."
    else:
        when = " Trying again may help." if error.retryable else ""
    return f"{where}{error.message}.{when}" if when else f"{where}{error.message}"


def remarks(notices: list[Notice]) -> list[Remark]:
    """Notices as data."""
    return [Remark(type=one.kind, message=one.message) for one in notices]


def noted(notices: list[Notice]) -> str:
    """Notices as the end of a text; empty without any."""
    return "".join(f"\nNote: {one.message}" for one in notices)


def spent(usage: Usage) -> Spent:
    """Usage as data."""
    return Spent(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        search_queries=usage.search_queries,
        pages_read=usage.pages_read,
    )
