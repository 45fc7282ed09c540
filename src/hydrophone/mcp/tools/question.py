"""What the asking tools are given, as a `Question`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

from hydrophone.errors import InvalidRequest
from hydrophone.types import (
    Effort,
    Extras,
    Filter,
    OutputOptions,
    Question,
    Recency,
    SearchOptions,
    SourceKind,
    TextPart,
    Turn,
)
from hydrophone.types.usage import ContextSize

MOST_QUESTION_CHARS = 100_000
MOST_DOMAINS = 20
Focus: TypeAlias = Literal["web", "academic", "social", "finance", "all", "own"]
_KINDS: Mapping[Focus, tuple[SourceKind, ...]] = {
    "web": (),  # own documents and the web, as everywhere
    "academic": ("academic",),
    "social": ("social",),
    "finance": ("sec",),
    "all": ("own", "web", "academic", "social"),
    "own": ("own",),
}
_SCHEMES = ("https://", "http://", "www.")


class AskedMessage(BaseModel):
    """A message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


Query = Annotated[
    str | None, Field(description="The question. Give either this or `messages`.", min_length=1)
]
Messages = Annotated[
    list[AskedMessage] | None,
    Field(description="A conversation whose last user message is the question."),
]
Model = Annotated[
    str,
    Field(
        description="`best` lets the server choose; else the id of one of its models, such as "
        "`sonar` or `sonar-pro`."
    ),
]
SourceFocus = Annotated[
    Focus,
    Field(
        description="What is searched: `web` (with own documents), `academic`, `social`, "
        "`finance` (company filings), `all` (but filings), or `own` (own documents only)."
    ),
]
Collections = Annotated[
    list[str] | None,
    Field(description="Search only these own collections; `list_sources` names them."),
]
RecencyFilter = Annotated[
    Recency | None, Field(description="Only pages published within the last hour, day, …")
]
DomainFilter = Annotated[
    list[str] | None,
    Field(
        description="Only pages of these domains; with `-` before it, none of this one "
        "(for example ['wikipedia.org'] or ['-reddit.com'])."
    ),
]
ContextSizeOption = Annotated[
    ContextSize | None, Field(description="How much is read: low is fastest, high reads most.")
]
EffortOption = Annotated[
    Effort | None, Field(description="How much a reasoning model thinks before it answers.")
]
StripThinking = Annotated[
    bool,
    Field(
        description="Leave the model's thoughts out; else they stand first, in <think>…</think>."
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an asking tool was given. Exactly one of `query` and `messages` must be there."""

    query: str | None
    messages: Sequence[AskedMessage] | None
    focus: Focus = "web"
    collections: Sequence[str] | None = None
    recency: Recency | None = None
    domains: Sequence[str] | None = None
    context_size: ContextSize | None = None
    effort: Effort | None = None


def to_question(asked: Asked, model: str) -> Question:
    """The question, for this model. Raises InvalidRequest."""
    return Question(
        turns=_turns(asked),
        model=model,
        search=SearchOptions(
            kinds=_KINDS[asked.focus],
            filter=to_filter(asked.domains, asked.recency, asked.collections),
            context_size=asked.context_size or "low",
        ),
        output=OutputOptions(citation_style="default"),  # the numbers of the list below it
        extras=Extras(reasoning_effort=asked.effort),
    )


def to_filter(
    domains: Sequence[str] | None, recency: Recency | None, collections: Sequence[str] | None
) -> Filter:
    """What results must satisfy. Raises InvalidRequest."""
    allow: list[str] = []
    deny: list[str] = []
    for entry in domains or ():
        (deny if entry.strip().startswith("-") else allow).append(_domain(entry))
    if len(allow) + len(deny) > MOST_DOMAINS:
        raise InvalidRequest(
            f"at most {MOST_DOMAINS} domains can be named", param="search_domain_filter"
        )
    return Filter(
        collections=tuple(collections or ()),
        domains_allow=tuple(allow),
        domains_deny=tuple(deny),
        recency=recency,
    )


def kinds_of(focus: Focus) -> tuple[SourceKind, ...]:
    """The kinds of sources that a focus means; none leaves it to the server."""
    return _KINDS[focus]


def _domain(entry: str) -> str:
    domain = entry.strip().removeprefix("-").lower()
    for prefix in _SCHEMES:
        domain = domain.removeprefix(prefix)
    domain = domain.rstrip("/")
    if not domain or any(character.isspace() for character in domain):
        raise InvalidRequest(f"{entry[:80]!r} is no domain", param="search_domain_filter")
    return domain


def _turns(asked: Asked) -> tuple[Turn, ...]:
    if (asked.query is None) == (asked.messages is None):
        raise InvalidRequest("give either `query` or `messages`", param="query")
    if asked.query is not None:
        turns: tuple[Turn, ...] = (Turn("user", (TextPart(asked.query),)),)
    else:
        turns = tuple(Turn(one.role, (TextPart(one.content),)) for one in asked.messages or ())
    if not any(turn.role == "user" and turn.text.strip() for turn in turns):
        raise InvalidRequest("nothing is asked: there is no text of a user", param="query")
    if sum(len(turn.text) for turn in turns) > MOST_QUESTION_CHARS:
        raise InvalidRequest(
            f"more than {MOST_QUESTION_CHARS:,} characters are asked; ask less at once",
            param="query",
        )
    return turns
