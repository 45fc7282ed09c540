"""The `perplexity` block: how callers of the web-UI server say what they want of Perplexity.

Where an official field says the same thing, that one counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from hydrophone.api.filters import SHOWN_CHARS
from hydrophone.api.request import Body
from hydrophone.errors import InvalidRequest
from hydrophone.types import CitationStyle, Recency, SessionOptions, SourceKind

TimeRange = Literal[
    "all", "today", "day", "week", "month", "year", "last_week", "last_month", "last_year"
]
MAX_ID_CHARS = 200
WEB_KINDS: tuple[SourceKind, ...] = ("own", "web")
_KINDS: dict[str, tuple[SourceKind, ...]] = {
    "web": WEB_KINDS,
    "academic": ("academic",),
    "social": ("social",),
    "finance": ("sec",),
    "all": (*WEB_KINDS, "academic", "social"),
}
_RECENCY: dict[TimeRange, Recency] = {
    "today": "day",
    "day": "day",
    "week": "week",
    "last_week": "week",
    "month": "month",
    "last_month": "month",
    "year": "year",
    "last_year": "year",
}
# As the service names what an account has connected: google_drive, box, pitchbook_mcp_cashmere.
_CONNECTOR = re.compile(r"box|[a-z][a-z0-9]{,99}(?:_[a-z0-9]{1,99}){1,9}")
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")


def _known_source(value: object) -> str:
    if isinstance(value, str) and (value in _KINDS or _CONNECTOR.fullmatch(value)):
        return value
    known = ", ".join(f"'{name}'" for name in _KINDS)
    raise PydanticCustomError(
        "literal_error", f"Input should be {known} or what an account has connected"
    )


Source = Annotated[
    str,
    PlainValidator(_known_source),
    WithJsonSchema({"type": "string", "examples": [*_KINDS, "google_drive"]}),
]


class Coordinates(Body):
    """Where the caller is, in degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class WebUiBlock(Body):
    """The options of the web-UI server."""

    citation_mode: CitationStyle | None = Field(
        default=None, description="How the answer cites: [1], [1](address), or not at all."
    )
    search_focus: Literal["web", "writing"] | None = Field(
        default=None, description="Search, or write without a search."
    )
    source_focus: Source | list[Source] | None = Field(
        default=None,
        description=(
            "Which kinds of sources to search; 'all' leaves out finance. With a web session also "
            "what its account has connected, such as 'google_drive'."
        ),
    )
    time_range: TimeRange | None = Field(
        default=None, description="Only pages that were published this lately."
    )
    language: str | None = Field(
        default=None, description="Language of the answer, such as 'en-US'."
    )
    timezone: str | None = Field(
        default=None, description="IANA time zone in which 'today' is meant."
    )
    coordinates: Coordinates | None = Field(default=None, description="Where the caller is.")
    save_to_library: bool | None = Field(
        default=None, description="Keep the conversation in Perplexity's library."
    )
    response_format: Literal["text", "json_object"] | None = Field(
        default=None, description="Answer in text or JSON."
    )
    thread_uuid: str | None = Field(
        default=None,
        max_length=MAX_ID_CHARS,
        description="Go on with this conversation of a web session: only the last message is sent.",
    )
    space_uuid: str | None = Field(
        default=None, max_length=MAX_ID_CHARS, description="Begin the conversation in this Space."
    )
    research_interaction: Literal["auto", "manual"] | None = Field(
        default=None, description="Whether research goes on by itself where it asks back."
    )
    custom_model_mode: Literal["copilot", "research", "search"] | None = Field(
        default=None, description="How a model `custom:…` is asked."
    )


EMPTY_BLOCK = WebUiBlock.model_construct()


def focus_kinds(block: WebUiBlock) -> tuple[SourceKind, ...]:
    """The kinds of sources that the block wants, each once; none when it does not say."""
    return tuple(dict.fromkeys(kind for one in _wanted(block) for kind in _KINDS.get(one, ())))


def _wanted(block: WebUiBlock) -> Sequence[str]:
    focus = block.source_focus
    return [focus] if isinstance(focus, str) else focus or ()


def block_recency(block: WebUiBlock) -> Recency | None:
    """The block's time range; None for all times."""
    return None if block.time_range is None else _RECENCY.get(block.time_range)


def session_options(block: WebUiBlock, conversation_id: str | None) -> SessionOptions:
    """What only a web session knows."""
    asks_back = None
    if block.research_interaction is not None:
        asks_back = block.research_interaction == "manual"
    return SessionOptions(
        begins=block.thread_uuid is None and conversation_id is not None,
        space=block.space_uuid,
        custom_mode=block.custom_model_mode,
        asks_back=asks_back,
        connectors=tuple(dict.fromkeys(one for one in _wanted(block) if one not in _KINDS)),
    )


def known_timezone(block: WebUiBlock) -> str | None:
    """The block's time zone. Raises InvalidRequest when there is none of this name."""
    if block.timezone is None:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(block.timezone).key
    except (KeyError, ValueError, OSError):
        raise InvalidRequest(
            f"there is no time zone {block.timezone[:SHOWN_CHARS]!r}: write its IANA name, such "
            "as 'Europe/Paris'",
            param="perplexity.timezone",
        ) from None


def locale_of(tag: str | None) -> str | None:
    """A locale such as `es_mx` as BCP 47 writes it, `es-MX`; None for what is no locale."""
    match = _TAG.fullmatch((tag or "").strip())
    if match is None:
        return None
    language, script, region = match.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


def language_of(tag: str | None, *, param: str) -> str | None:
    """The language of a tag such as `en-US`: `en`. Raises InvalidRequest for what is no tag."""
    if tag is None:
        return None
    locale = locale_of(tag)
    if locale is None:
        raise InvalidRequest(
            f"{tag[:SHOWN_CHARS]!r} is no language: write it like 'de' or 'en-US'", param=param
        )
    return locale.partition("-")[0]
