"""From a chat body to where and how to search, and what is wanted beside the text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from hydrophone.api.chat.schema import ChatOptions, WebSearchOptions
from hydrophone.api.chat.webui import (
    EMPTY_BLOCK,
    WEB_KINDS,
    WebUiBlock,
    block_recency,
    focus_kinds,
)
from hydrophone.api.filters import (
    FILTER_FIELDS,
    SHOWN_CHARS,
    read_country,
    read_domains,
    read_filter,
)
from hydrophone.errors import InvalidRequest
from hydrophone.types import Extras, Filter, ImageFilter, Location, SearchOptions, SourceKind

MAX_IMAGE_FILTERS = 10
_KINDS: dict[str, tuple[SourceKind, ...]] = {
    "web": WEB_KINDS,
    "academic": ("academic",),
    "sec": ("sec",),
}
_FORMAT = re.compile(r"\.?([A-Za-z0-9]{1,10})")
_NO_OPTIONS = WebSearchOptions.model_construct()
_NO_EXTRAS = Extras()
_PLAIN_SEARCH = SearchOptions()
_WITHOUT_SEARCH = SearchOptions(enabled=False)
_SEARCH_FIELDS = FILTER_FIELDS | {
    "web_search_options",
    "perplexity",
    "disable_search",
    "enable_search_classifier",
    "search_mode",
    "pro_search",
    "max_results",
    "num_search_results",
    "safe_search",
    "country",
    "latitude",
    "longitude",
}
_EXTRAS_FIELDS = frozenset(
    {
        "return_images",
        "num_images",
        "image_domain_filter",
        "image_format_filter",
        "media_response",
        "return_related_questions",
        "reasoning_effort",
        "web_search_options",
    }
)


def read_search(body: ChatOptions, *, strict: bool, pro_search: bool) -> SearchOptions:
    """Where and how to search. Raises InvalidRequest with the field's name."""
    asked = body.model_fields_set & _SEARCH_FIELDS
    if not asked:
        return _PLAIN_SEARCH
    if body.disable_search and len(asked) == 1:
        return _WITHOUT_SEARCH
    options = body.web_search_options or _NO_OPTIONS
    block = body.perplexity or EMPTY_BLOCK
    location = _location(body, options, block)
    return SearchOptions(
        enabled=_enabled(body, block),
        classify=bool(body.enable_search_classifier),
        kinds=_KINDS[body.search_mode] if body.search_mode else focus_kinds(block),
        filter=_filter(body, block, strict=strict),
        country=location.country if location else None,
        location=location,
        context_size=options.search_context_size or "low",
        depth=_depth(body, options, pro_search=pro_search),
        max_results=body.num_search_results or body.max_results,
        safe=body.safe_search,
    )


def read_extras(body: ChatOptions, *, strict: bool) -> Extras:
    """What is wanted beside the text. Raises InvalidRequest with the field's name."""
    if body.model_fields_set.isdisjoint(_EXTRAS_FIELDS):
        return _NO_EXTRAS
    overrides = body.media_response.overrides if body.media_response else None
    images = overrides.return_images if overrides else None
    options = body.web_search_options or _NO_OPTIONS
    return Extras(
        images=bool(body.return_images if images is None else images),
        videos=bool(overrides and overrides.return_videos),
        related=bool(body.return_related_questions),
        reasoning_effort=body.reasoning_effort,
        image_filter=_image_filter(body, strict=strict),
        most_images=body.num_images,
        relevant_images=bool(options.image_results_enhanced_relevance),
    )


def _enabled(body: ChatOptions, block: WebUiBlock) -> bool | None:
    if body.disable_search is not None:
        return not body.disable_search
    return False if block.search_focus == "writing" else None


def _filter(body: ChatOptions, block: WebUiBlock, *, strict: bool) -> Filter:
    filter = read_filter(body, strict=strict)
    recency = block_recency(block)
    if recency is None or filter.recency is not None:
        return filter
    return replace(filter, recency=recency)


def _depth(
    body: ChatOptions, options: WebSearchOptions, *, pro_search: bool
) -> Literal["fast", "pro", "auto"]:
    wanted = options.search_type or ("pro" if body.pro_search else "fast")
    if pro_search or wanted == "fast":
        return wanted
    if wanted == "auto":
        return "fast"
    raise InvalidRequest(
        "pro search is switched off on this server: leave it out, or set HYDROPHONE_PRO_SEARCH=1",
        param="web_search_options.search_type" if options.search_type else "pro_search",
        code="invalid_parameter",
    )


def _location(body: ChatOptions, options: WebSearchOptions, block: WebUiBlock) -> Location | None:
    """Where the caller is, by the first that says it: `user_location`, the body, the block."""
    given = options.user_location
    country = read_country(body.country, param="country")
    if given is not None:
        param = "web_search_options.user_location"
        own = read_country(given.country, param=f"{param}.country")
        if _paired(given.latitude, given.longitude, param) and own is None:
            raise _contradiction(f"{param}: coordinates need a country beside them", param)
        return Location(given.latitude, given.longitude, own or country, given.region, given.city)
    if _paired(body.latitude, body.longitude, "latitude"):
        return Location(body.latitude, body.longitude, country)
    if block.coordinates is not None:
        return Location(block.coordinates.latitude, block.coordinates.longitude, country)
    return None if country is None else Location(country=country)


def _paired(latitude: float | None, longitude: float | None, param: str) -> bool:
    """Whether there are coordinates; one alone is refused."""
    if (latitude is None) != (longitude is None):
        raise _contradiction("latitude and longitude are only of use together", param)
    return latitude is not None


def _image_filter(body: ChatOptions, *, strict: bool) -> ImageFilter:
    allow, deny = read_domains(
        body.image_domain_filter or (),
        strict=strict,
        most=MAX_IMAGE_FILTERS,
        param="image_domain_filter",
        code="invalid_parameter",
    )
    formats = body.image_format_filter or ()
    if len(formats) > MAX_IMAGE_FILTERS:
        raise InvalidRequest(
            f"image_format_filter holds at most {MAX_IMAGE_FILTERS} formats, not {len(formats)}",
            param="image_format_filter",
        )
    return ImageFilter(allow, deny, tuple(_format(entry) for entry in formats))


def _format(entry: str) -> str:
    match = _FORMAT.fullmatch(entry.strip())
    if match is None:
        raise InvalidRequest(
            f"{entry[:SHOWN_CHARS]!r} is no format of images: write it like 'png'",
            param="image_format_filter",
        )
    return match[1].lower()


def _contradiction(message: str, param: str) -> InvalidRequest:
    return InvalidRequest(message, param=param, code="invalid_parameter")
