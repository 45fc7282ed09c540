"""The models that the engine answers for: profiles, limits, prices, and older ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hydrophone.engine.profile import Profile
from hydrophone.ports import ModelCard
from hydrophone.types import Price

CREATED = 1_790_000_000
OWNER = "hydrophone"
LOCAL_PREFIX = "local/"

# Context and output limits and prices as Perplexity documents or documented them for its models.
_SONAR = Price(input_usd=1, output_usd=1, low_usd=5, medium_usd=8, high_usd=12)
_SONAR_PRO = Price(
    input_usd=3,
    output_usd=15,
    low_usd=6,
    medium_usd=10,
    high_usd=14,
    pro_low_usd=14,
    pro_medium_usd=18,
    pro_high_usd=22,
)
_REASONING = Price(input_usd=1, output_usd=5, low_usd=5, medium_usd=8, high_usd=12)
_REASONING_PRO = Price(input_usd=2, output_usd=8, low_usd=6, medium_usd=10, high_usd=14)
_DEEP_RESEARCH = Price(input_usd=2, output_usd=8, search_usd=5, reasoning_usd=3, citation_usd=2)
_R1_1776 = Price(input_usd=2, output_usd=8)
FREE = Price()
# Under this name a search without an answer has its price, and stands in the ledger.
SEARCH = "search"
SEARCH_CARD = ModelCard(SEARCH, CREATED, OWNER, price=Price(low_usd=5, medium_usd=5, high_usd=5))

_PRO = Profile(results=16, queries=4, leads=3, sentences=4, pairs=24, passage_tokens=8_000)
_RESEARCH = Profile(
    results=24,
    pages=8,
    queries=4,
    leads=3,
    rounds=2,
    sentences=3,
    pairs=24,
    passage_tokens=8_000,
    kind="report",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the registry."""

    card: ModelCard
    profile: Profile


def model_entry(
    model: str,
    price: Price,
    profile: Profile,
    *,
    context: int | None = None,
    output: int | None = None,
) -> Entry:
    """A line for this model."""
    card = ModelCard(model, CREATED, OWNER, context, output, price, thinks_aloud=profile.thinks)
    return Entry(card, replace(profile, max_output_tokens=output, price=price))


ENGINE_MODELS: Mapping[str, Entry] = {
    entry.card.id: entry
    for entry in (
        model_entry("default", FREE, Profile()),
        model_entry("sonar", _SONAR, Profile(), context=128_000, output=4_096),
        model_entry("sonar-pro", _SONAR_PRO, _PRO, context=200_000, output=8_192),
        model_entry(
            "sonar-reasoning",
            _REASONING,
            Profile(thinks=True),
            context=128_000,
            output=8_192,
        ),
        model_entry(
            "sonar-reasoning-pro",
            _REASONING_PRO,
            replace(_PRO, thinks=True),
            context=128_000,
            output=8_192,
        ),
        model_entry("sonar-deep-research", _DEEP_RESEARCH, _RESEARCH, context=128_000),
        model_entry("r1-1776", _R1_1776, Profile(search=False, searchless=True), context=128_000),
    )
}

# The ids of 2024: the model that answers today, and whether it may search.
ALIASES: Mapping[str, tuple[str, bool]] = {
    "llama-3.1-sonar-small-128k-online": ("sonar", True),
    "llama-3.1-sonar-large-128k-online": ("sonar-pro", True),
    "llama-3.1-sonar-huge-128k-online": ("sonar-pro", True),
    "llama-3.1-sonar-small-128k-chat": ("sonar", False),
    "llama-3.1-sonar-large-128k-chat": ("sonar-pro", False),
    "llama-3.1-8b-instruct": ("sonar", False),
    "llama-3.1-70b-instruct": ("sonar-pro", False),
}
# Older ids, and what to ask instead: their answers would differ too much to pass for theirs.
SUCCESSORS: Mapping[str, str] = {
    "pplx-7b-online": "sonar",
    "pplx-70b-online": "sonar-pro",
    "pplx-7b-chat": "r1-1776",
    "pplx-70b-chat": "r1-1776",
    "pplx-7b-chat-alpha": "r1-1776",
    "pplx-70b-chat-alpha": "r1-1776",
    "sonar-small-online": "sonar",
    "sonar-medium-online": "sonar-pro",
    "sonar-small-chat": "r1-1776",
    "sonar-medium-chat": "r1-1776",
    "llama-3-sonar-small-32k-online": "sonar",
    "llama-3-sonar-large-32k-online": "sonar-pro",
    "llama-3-sonar-small-32k-chat": "r1-1776",
    "llama-3-sonar-large-32k-chat": "r1-1776",
    "llama-3-8b-instruct": "r1-1776",
    "llama-3-70b-instruct": "r1-1776",
    "llama-2-70b-chat": "r1-1776",
    "codellama-34b-instruct": "r1-1776",
    "codellama-70b-instruct": "r1-1776",
    "mistral-7b-instruct": "r1-1776",
    "mixtral-8x7b-instruct": "r1-1776",
    "mixtral-8x22b-instruct": "r1-1776",
}
