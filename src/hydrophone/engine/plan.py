"""Understand: from a question to what is searched for."""

from __future__ import annotations

from dataclasses import dataclass

from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidRequest
from hydrophone.types import Question

MAX_QUERY_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The question in its own words, and the queries; no query means no search."""

    question: str
    queries: tuple[str, ...]


def understand(question: Question, profile: Profile) -> Plan:
    """The last user turn is the question and, cut to 2,000 characters, the query.

    Raises InvalidRequest when no user turn says anything.
    """
    text = question.last_user_text.strip()
    if not text:
        raise InvalidRequest(
            "there is no question: add a message with role 'user' and some text",
            param="messages",
            code="invalid_message",
        )
    wanted = question.search.enabled
    searches = profile.search if wanted is None else wanted
    return Plan(text, (text[:MAX_QUERY_CHARS],) if searches else ())
