"""Understand: from a question to what is searched for."""

from __future__ import annotations

from dataclasses import dataclass

from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidRequest
from hydrophone.types import Question

MAX_QUERY_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The question in its own words, cut, and the queries; no query means no search."""

    question: str
    queries: tuple[str, ...]


def understand(question: Question, profile: Profile) -> Plan:
    """The last user turn, cut to 2,000 characters, is the question and the query.

    Raises InvalidRequest when no user turn says anything.
    """
    text = question.last_user_text.strip()
    if not text:
        raise InvalidRequest(
            "there is no question: add a message with role 'user' and some text",
            param="messages",
            code="invalid_message",
        )
    query = text[:MAX_QUERY_CHARS]
    return Plan(query, (query,) if searches(question, profile) else ())


def searches(question: Question, profile: Profile) -> bool:
    """Whether a search is wanted: by the caller, or else by the model's profile."""
    return profile.search if question.search.enabled is None else question.search.enabled
