"""Understand: from a question to what is searched for and what is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hydrophone.engine.profile import Profile, searches
from hydrophone.engine.queries.follow_up import understood
from hydrophone.engine.queries.outline import Section
from hydrophone.engine.queries.split import several
from hydrophone.errors import InvalidRequest
from hydrophone.llm.overlap import stems
from hydrophone.types import Question

MAX_QUERY_CHARS = 2_000
MAX_URLS = 5
# "Summarise <address>" has nothing to search for beside the page itself.
MIN_WORDS_BESIDE_URL = 3
_URL = re.compile(r"https?://[^\s<>\"'`\u201c\u201d\u00ab\u00bb]+", re.IGNORECASE)
_TRAILING = ".,;:!?*_"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Plan:
    """The user's `text`, cut; the `question` in it, what to search for, and the pages it names.

    `sections` are those of a report that a language model writes. `attached`: the question brings
    files; `whole`: it is about them as a whole. `write_by` is when the answer must stand, by the
    event loop's time. Of a report that is gone on with, `written_text` and the sections with the
    ids `written` stand already. `loose`: it is asked in a conversation, and no direct question by
    itself; `leans`: only a language model could tell for sure what is meant.
    """

    text: str
    question: str
    queries: tuple[str, ...]
    urls: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    attached: bool = False
    whole: bool = False
    write_by: float | None = None
    written: frozenset[str] = frozenset()
    written_text: str = ""
    loose: bool = False
    leans: bool = False


def understand(question: Question, profile: Profile, *, reads: bool = True) -> Plan:
    """The last user turn with what it leans on, cut to 2,000 characters, is the question; it and,
    where the profile wants several, its parts and names are the queries.

    Addresses in it are pages to read, and where pages can be read no part of the query. No query
    means no search. Raises InvalidRequest when no user turn says anything.
    """
    asked = understood(question.turns)
    if not asked.question and question.has_media:
        return Plan("", "", ())  # what is attached is the question
    if not asked.question:
        raise InvalidRequest(
            "there is no question: add a message with role 'user' and some text",
            param="messages",
            code="invalid_message",
        )
    text, query = asked.question[:MAX_QUERY_CHARS], asked.query[:MAX_QUERY_CHARS]
    plan = Plan(text, text, (), loose=asked.loose, leans=asked.leans)
    if not searches(question, profile):
        return plan
    urls = urls_in(text)
    if not urls or not reads:
        return replace(plan, queries=_queries(query, profile), urls=urls)
    words, query = _without(text, urls), _without(query, urls)
    enough = len(stems(words)) >= MIN_WORDS_BESIDE_URL
    queries = _queries(query, profile) if enough else ()
    return replace(plan, question=words or text, queries=queries, urls=urls)


def _queries(text: str, profile: Profile) -> tuple[str, ...]:
    return (text,) if profile.queries == 1 else several(text, profile.queries)


def urls_in(text: str) -> tuple[str, ...]:
    """The web addresses in a text, each once, without the punctuation around them; at most 5."""
    found = dict.fromkeys(_without_punctuation(match) for match in _URL.findall(text))
    return tuple(url for url in found if len(url) > len("https://"))[:MAX_URLS]


def _without_punctuation(url: str) -> str:
    while url:
        last = url[-1]
        opening = _BRACKETS.get(last)
        unmatched = opening is not None and url.count(last) > url.count(opening)
        if last not in _TRAILING and not unmatched:
            break
        url = url[:-1]
    return url


def _without(text: str, urls: tuple[str, ...]) -> str:
    for url in sorted(urls, key=len, reverse=True):
        text = text.replace(url, " ")
    return " ".join(text.split())
