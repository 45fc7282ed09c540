"""From tools and preset to where and how to search, and what may be spent on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.asked.schema import AgentRequest
from hydrophone.api.agent.asked.tool_schema import (
    ImageFilters,
    ToolLocation,
    WebSearchFilters,
    WebSearchTool,
)
from hydrophone.api.agent.asked.tools import Kit
from hydrophone.api.filters import read_country, read_domains, read_filter
from hydrophone.errors import InvalidRequest
from hydrophone.ports import Preset
from hydrophone.types import (
    Budgets,
    ContextSize,
    Effort,
    Extras,
    Filter,
    ImageFilter,
    Location,
    Notice,
    SearchOptions,
    SourceKind,
)

MAX_IMAGE_FILTERS = 10
# Up to so many tokens of sources, the context size is this one.
_SIZES: tuple[tuple[int, ContextSize], ...] = ((4_000, "low"), (8_000, "medium"))
# Effort of a report by its rounds; what is more is "xhigh".
_EFFORTS: dict[int, Effort] = {1: "minimal", 2: "low", 3: "medium", 4: "high"}
ONE_ROUND = "Pro search is switched off on this server: it was searched in one round."
NO_PAGE_TOKENS = "Without effect: max_tokens_per_page; search_context_size says how much is read."
_NO_FILTER, _NO_IMAGE_FILTER = Filter(), ImageFilter()


def read_search(
    body: AgentRequest, kit: Kit, preset: Preset | None, rules: Rules, *, enabled: bool
) -> SearchOptions:
    """Where and how to search. Raises InvalidRequest with the field's place."""
    web = kit.web or WebSearchTool(type="web_search")
    place = kit.places.get("WebSearchTool", "")
    if web.max_tokens_per_page is not None:
        kit.notices.append(Notice("ignored_option", NO_PAGE_TOKENS))
    location = _location(web.user_location, f"{place}.user_location")
    safe = kit.images.filters.safe_search if kit.images and kit.images.filters else None
    return SearchOptions(
        enabled=enabled,
        kinds=_kinds(kit, preset),
        filter=_filter(web.filters, f"{place}.filters", rules),
        country=location.country if location else None,
        location=location,
        context_size=_context_size(web, preset),
        depth=_depth(body, web, preset, kit, rules) if enabled else "fast",
        max_results=web.max_results,
        safe=safe,
    )


def _kinds(kit: Kit, preset: Preset | None) -> tuple[SourceKind, ...]:
    if kit.finance is None:
        return ()
    return ("own", "web", "sec") if kit.web or kit.images or preset else ("sec",)


def _filter(filters: WebSearchFilters | None, place: str, rules: Rules) -> Filter:
    if filters is None:
        return _NO_FILTER
    blocked = [f"-{domain}" for domain in filters.blocked_domains or ()]
    if named := [*(filters.allowed_domains or ()), *blocked]:
        domains = [*(filters.search_domain_filter or ()), *named]
        filters = filters.model_copy(update={"search_domain_filter": domains})
        filters.model_fields_set.add("search_domain_filter")
    with at(place):
        return read_filter(filters, strict=rules.strict)


def _location(given: ToolLocation | None, place: str) -> Location | None:
    if given is None:
        return None
    if (given.latitude is None) != (given.longitude is None):
        message = f"{place}: latitude and longitude are only of use together"
        raise InvalidRequest(message, param=place)
    with at(place):
        country = read_country(given.country, param="country")
    return Location(given.latitude, given.longitude, country, given.region, given.city)


def _context_size(web: WebSearchTool, preset: Preset | None) -> ContextSize:
    if web.search_context_size is not None:
        return web.search_context_size
    if web.max_tokens is not None:
        return next((size for most, size in _SIZES if web.max_tokens <= most), "high")
    return preset.context_size if preset else "low"


def _depth(
    body: AgentRequest, web: WebSearchTool, preset: Preset | None, kit: Kit, rules: Rules
) -> Literal["fast", "pro"]:
    depth = preset.depth if preset else "fast"
    if body.max_steps is not None:
        depth = "pro" if body.max_steps > 1 else "fast"
    if web.search_type == "fast":
        depth = "fast"
    if depth == "pro" and not rules.pro_search:
        kit.notices.append(Notice("downgrade", ONE_ROUND))
        return "fast"
    return depth


def read_extras(body: AgentRequest, kit: Kit, preset: Preset | None, rules: Rules) -> Extras:
    """What is wanted beside the text. Raises InvalidRequest with the field's place."""
    images = kit.images
    place = f"{kit.places.get('ImageSearchTool', '')}.filters"
    return Extras(
        images=images is not None,
        reasoning_effort=_effort(body, preset),
        image_filter=_image_filter(images.filters if images else None, place, rules),
        most_images=images.max_results if images else None,
        relevant_images=images is not None,
    )


def _effort(body: AgentRequest, preset: Preset | None) -> Effort | None:
    asked = body.reasoning.effort if body.reasoning else None
    if asked is not None:
        return "xhigh" if asked == "max" else asked
    if preset is None or preset.effort is None or body.max_steps is None:
        return preset.effort if preset else None
    return _EFFORTS.get(body.max_steps, "xhigh")


def _image_filter(given: ImageFilters | None, place: str, rules: Rules) -> ImageFilter:
    if given is None:
        return _NO_IMAGE_FILTER
    with at(place):
        allow, deny = read_domains(
            given.domain_filter or (),
            strict=rules.strict,
            most=MAX_IMAGE_FILTERS,
            param="domain_filter",
            code="invalid_parameter",
        )
    return ImageFilter(allow, deny, tuple(given.format_filter or ()))


def read_budgets(body: AgentRequest, kit: Kit, *, reads_only: bool) -> Budgets:
    """What may be spent. `reads_only`: pages are read, and nothing is searched for."""
    if reads_only:
        most = kit.fetch.max_urls if kit.fetch else None
        return Budgets(searches=0, pages=most)
    return Budgets(searches=body.max_tool_calls or None)


@contextmanager
def at(place: str) -> Iterator[None]:
    """Errors name a field of what stands at this place of the body."""
    try:
        yield
    except InvalidRequest as error:
        param = f"{place}.{error.param}"
        raise InvalidRequest(error.message, param=param, code=error.code) from None
