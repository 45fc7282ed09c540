"""What is left of the account's quota, and what else it has: profile, spaces, connectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hydrophone.perplexity.account.tier import SESSION_PATH, AccountTier, tier_of
from hydrophone.perplexity.asking import VERSION
from hydrophone.perplexity.constants import SOURCE_NAMES
from hydrophone.perplexity.errors import ResponseParsingError
from hydrophone.perplexity.session.web import WebSession
from hydrophone.perplexity.wire.thread import said

_LIMITS = "/rest/rate-limit/all"
_SPACES = "/rest/collections/list_user_collections"
_REMAINING = "remaining_"
_MOST_SPACES = 100
# The sources that every account has.
_EVERYBODYS = frozenset(one for names in SOURCE_NAMES.values() for one in names)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many questions of each kind are left, such as "pro" and "research".

    The service is known to say 0 while there are some: nothing is refused because of it.
    """

    remaining: Mapping[str, int]
    sources: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose session it is."""

    id: str
    email: str | None
    name: str | None
    tier: AccountTier
    expires: str | None


@dataclass(frozen=True, slots=True)
class Space:
    """A collection of conversations; `uuid` is what `ConversationConfig.space_uuid` takes."""

    uuid: str
    title: str
    slug: str | None


@dataclass(frozen=True, slots=True)
class Connector:
    """A source that the account has connected, an id for `ConversationConfig.connectors`; how
    often it can still be searched this month, None when that is not limited or not told."""

    id: str
    remaining: int | None = None


async def read_quota(web: WebSession) -> Quota:
    """What is left. Raises PerplexityError."""
    told = _mapping(await web.get(_LIMITS), "the quota")
    remaining = {
        name.removeprefix(_REMAINING): value
        for name, value in told.items()
        if name.startswith(_REMAINING) and isinstance(value, int)
    }
    return Quota(remaining, _left_of_sources(told))


async def read_profile(web: WebSession) -> Profile | None:
    """Whose session it is; None when it has ended. Raises PerplexityError."""
    told = await web.get(SESSION_PATH)
    user = told.get("user") if isinstance(told, dict) else None
    if not isinstance(user, dict):
        return None
    return Profile(
        id=said(user, "id") or "",
        email=said(user, "email"),
        name=said(user, "name") or said(user, "username"),
        tier=tier_of(user),
        expires=said(told, "expires"),
    )


async def read_spaces(web: WebSession) -> list[Space]:
    """The account's spaces. Raises PerplexityError."""
    query = {"limit": str(_MOST_SPACES), "offset": "0", "version": VERSION, "source": "default"}
    told = await web.get(_SPACES, query)
    if not isinstance(told, list):
        raise ResponseParsingError("the spaces came in an unknown form")
    rows = (row for row in told if isinstance(row, dict) and said(row, "uuid"))
    return [Space(row["uuid"], said(row, "title") or "", said(row, "slug")) for row in rows]


async def read_connectors(web: WebSession) -> list[Connector]:
    """What the account has connected: the service tells it with the limits. Raises
    PerplexityError."""
    left = _left_of_sources(_mapping(await web.get(_LIMITS), "the quota"))
    return [Connector(id, count) for id, count in left.items() if id not in _EVERYBODYS]


def _left_of_sources(told: Mapping[str, Any]) -> dict[str, int | None]:
    """How often each source can still be searched this month."""
    sources = told.get("sources")
    limits = sources.get("source_to_limit") if isinstance(sources, dict) else None
    rows = limits.items() if isinstance(limits, dict) else ()
    counts = {id: limit.get("remaining") for id, limit in rows if isinstance(limit, dict)}
    return {id: count if isinstance(count, int) else None for id, count in counts.items()}


def _mapping(told: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise ResponseParsingError(f"{what} came in an unknown form")
    return told
