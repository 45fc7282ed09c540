"""What the caller asked for and the engine could not heed, told in one Notice."""

from __future__ import annotations

from hydrophone.engine.profile import Profile, searches
from hydrophone.types import Extras, Notice, Question, SearchOptions

_DATES = {
    "published_after": "search_after_date_filter",
    "published_before": "search_before_date_filter",
    "modified_after": "last_updated_after_filter",
    "modified_before": "last_updated_before_filter",
    "recency": "search_recency_filter",
}


# What asks for nothing that only a search can heed.
_ASKS_NOTHING = (SearchOptions(), SearchOptions(enabled=False))
_NO_EXTRAS = Extras()
NOT_KEPT = "Without effect, as only models of a Perplexity account have a library: save_to_library."


def ignored(question: Question, profile: Profile) -> Notice | None:
    """One Notice that names what has no effect; None when all has one.

    What is harmless without an effect, as the sampling of a text that nobody samples, is not named.
    """
    names: list[str] = []
    why = "this model never searches"
    if not searches(question, profile):
        names += _searching(question)
        why = why if profile.searchless else "nothing is searched for"
    elif profile.chat_model is None:
        names += _writing(question, profile)
        why = "no language model is configured"
    told = [f"Without effect, as {why}: {', '.join(names)}."] if names else []
    if question.keep:
        told.append(NOT_KEPT)
    return Notice("ignored_option", " ".join(told)) if told else None


def _searching(question: Question) -> list[str]:
    """What only a search can heed."""
    search, extras = question.search, question.extras
    if search in _ASKS_NOTHING and extras == _NO_EXTRAS:
        return []
    where = search.filter
    told = {
        "search_domain_filter": bool(where.domains_allow or where.domains_deny or where.url_prefix),
        "search_language_filter": bool(where.languages),
        **{name: getattr(where, field) is not None for field, name in _DATES.items()},
        "collections": bool(where.collections),
        "search_mode": bool(search.kinds),
        "web_search_options": _has_options(search),
        "num_search_results": search.max_results is not None,
        "return_images": extras.images,
        "return_videos": extras.videos,
    }
    return [name for name, asked in told.items() if asked]


def _has_options(search: SearchOptions) -> bool:
    return search.depth == "pro" or search.context_size != "low"


def _writing(question: Question, profile: Profile) -> list[str]:
    """What only a language model can heed; the language is judged by what is quoted."""
    told = {
        "tools": bool(question.tools.functions) and question.tools.choice != "none",
        "reasoning_effort": question.extras.reasoning_effort is not None
        and profile.kind != "report",
        "response_formatting_locale": question.output.locale is not None,
    }
    return [name for name, asked in told.items() if asked]
