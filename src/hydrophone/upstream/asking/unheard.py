"""What Sonar had and the Agent API has not: said in words, or told to be without effect."""

from __future__ import annotations

from collections.abc import Iterator

from hydrophone.types import JsonFormat, Notice, Question
from hydrophone.upstream.asking.tools import SEC_DOMAIN

NOT_KEPT = "save_to_library"


def hints(question: Question, *, searches: bool) -> str:
    """What the model is told in words, as the Agent API has no field for it; mostly nothing."""
    said = [*_searching(question)] if searches else []
    return "\n".join([*said, *_writing(question)])


def _searching(question: Question) -> Iterator[str]:
    if question.search.filter.languages:
        wanted = ", ".join(question.search.filter.languages)
        yield f"Search for and cite only pages in these languages (ISO 639-1): {wanted}."
    place = question.search.location
    if place is not None and place.latitude is not None and not place.country:
        yield f"The user is near latitude {place.latitude}, longitude {place.longitude}."
    if question.extras.images:
        yield "Look for images of what is asked as well."


def _writing(question: Question) -> Iterator[str]:
    output = question.output
    if isinstance(output.format, JsonFormat) and output.format.schema is None:
        yield "Answer with one JSON object and nothing else: no text around it, no code fence."
    if output.locale:
        yield f"Write dates and numbers as is usual in {output.locale}."
    if output.timezone:
        yield f"Words such as today and now are meant in the time zone {output.timezone}."


def notices(question: Question) -> Iterator[Notice]:
    """What the caller should know of the options that are not done as they were asked for."""
    ignored = list(_ignored(question))
    if ignored:
        message = "Without effect, as the official API has no such option: "
        yield Notice("ignored_option", f"{message}{', '.join(ignored)}.")
    if approximated := list(_approximated(question)):
        yield Notice("partial", f"The official API answers: {'; '.join(approximated)}.")


def _ignored(question: Question) -> Iterator[str]:
    drawn, extras, search = question.output.sampling, question.extras, question.search
    told = {
        "top_k": drawn.top_k is not None,
        "presence_penalty": bool(drawn.presence_penalty),
        "frequency_penalty": bool(drawn.frequency_penalty),
        "seed": drawn.seed is not None,
        "return_videos": extras.videos,
        "safe_search": bool(search.safe) and not extras.images,
        "image_results_enhanced_relevance": extras.relevant_images,
        NOT_KEPT: question.keep,
    }
    yield from (name for name, asked in told.items() if asked)


def _approximated(question: Question) -> Iterator[str]:
    search, where = question.search, question.search.filter
    if where.languages:
        yield "search_language_filter is only a wish there"
    if "sec" in search.kinds and not where.domains_allow:
        yield f"search_mode 'sec' is a search on {SEC_DOMAIN}"
    if where.domains_allow and set(where.domains_deny) - set(where.domains_allow):
        yield "denied domains beside allowed ones are not passed on"
    if where.recency and (where.published_after or where.published_before):
        yield "search_recency_filter beside dates counts in whole days"
