"""What of a question the service has an option for, and what it has none for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hydrophone.perplexity.config import ConversationConfig, Coordinates
from hydrophone.perplexity.constants import SearchFocus, SourceFocus, TimeRange
from hydrophone.types import CitationStyle, Filter, Location, Notice, Question, Recency, SourceKind

_LANGUAGE = "en-US"
_FOCUS: Mapping[SourceKind, str] = {
    "own": SourceFocus.WEB,
    "web": SourceFocus.WEB,
    "academic": SourceFocus.ACADEMIC,
    "social": SourceFocus.SOCIAL,
    "sec": SourceFocus.FINANCE,
}
_RANGES: Mapping[Recency, str] = {
    "hour": TimeRange.DAY,
    "day": TimeRange.DAY,
    "week": TimeRange.WEEK,
    "month": TimeRange.MONTH,
    "year": TimeRange.YEAR,
}


def config_of(
    question: Question, *, citation_style: CitationStyle = "default"
) -> ConversationConfig:
    """How the conversation is held; `citation_style` where the question leaves it open."""
    search, output = question.search, question.output
    focus = tuple(dict.fromkeys(_FOCUS[kind] for kind in search.kinds if kind in _FOCUS))
    recency = search.filter.recency
    return ConversationConfig(
        citation_mode=output.citation_style or citation_style,
        save_to_library=question.keep,
        search_focus=SearchFocus.WRITING if search.enabled is False else SearchFocus.WEB,
        source_focus=focus or (() if question.session.connectors else SourceFocus.WEB),
        time_range=TimeRange.ALL if recency is None else _RANGES[recency],
        language=output.locale or output.language or _LANGUAGE,
        timezone=output.timezone,
        coordinates=_coordinates(search.location),
        space_uuid=question.session.space,
        connectors=question.session.connectors,
    )


def without_effect(question: Question) -> list[Notice]:
    """What was asked for and cannot be had; how words are drawn is nobody's loss."""
    left_out = {
        "documents of this server": question.search.kinds == ("own",),
        "filters of sources other than their age": _filters_more(question.search.filter),
        "functions": bool(question.tools.functions),
        "images or videos beside the answer": question.extras.images or question.extras.videos,
    }
    told = [name for name, asked in left_out.items() if asked]
    if not told:
        return []
    message = f"Perplexity's web session has no {', no '.join(told)}: this was left out."
    return [Notice("ignored_option", message)]


def _coordinates(place: Location | None) -> Coordinates | None:
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return Coordinates(place.latitude, place.longitude)


def _filters_more(wanted: Filter) -> bool:
    return not replace(wanted, recency=None).empty
