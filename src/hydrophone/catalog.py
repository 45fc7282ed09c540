"""The one registry: which answerer a model id names, what it can hold, and what it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from hydrophone.engine.profile import Profile
from hydrophone.errors import HydrophoneError, InternalError, InvalidModel
from hydrophone.ports import Answerer, ModelCard, Resumable
from hydrophone.stream import Emit, Work, running
from hydrophone.types import Event, Price, Question, RequestContext

CREATED = 1_790_000_000
OWNER = "hydrophone"
LOCAL_PREFIX = "local/"
# How much of an unknown id is repeated to who sent it.
_SHOWN_CHARS = 80

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
_FREE = Price()
# Under this name a search without an answer has its price, and stands in the ledger.
SEARCH = "search"
_SEARCH = ModelCard(SEARCH, CREATED, OWNER, price=Price(low_usd=5, medium_usd=5, high_usd=5))

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


def _entry(
    model: str,
    price: Price,
    profile: Profile,
    *,
    context: int | None = None,
    output: int | None = None,
) -> Entry:
    card = ModelCard(model, CREATED, OWNER, context, output, price, thinks_aloud=profile.thinks)
    return Entry(card, replace(profile, max_output_tokens=output, price=price))


ENGINE_MODELS: Mapping[str, Entry] = {
    entry.card.id: entry
    for entry in (
        _entry("default", _FREE, Profile()),
        _entry("sonar", _SONAR, Profile(), context=128_000, output=4_096),
        _entry("sonar-pro", _SONAR_PRO, _PRO, context=200_000, output=8_192),
        _entry(
            "sonar-reasoning",
            _REASONING,
            Profile(thinks=True),
            context=128_000,
            output=8_192,
        ),
        _entry(
            "sonar-reasoning-pro",
            _REASONING_PRO,
            replace(_PRO, thinks=True),
            context=128_000,
            output=8_192,
        ),
        _entry("sonar-deep-research", _DEEP_RESEARCH, _RESEARCH, context=128_000),
        _entry("r1-1776", _R1_1776, Profile(search=False, searchless=True), context=128_000),
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


class Catalog:
    """Maps model ids to answerers. `engine` builds the answerer of an engine profile; it is
    called once for each id that is listed."""

    def __init__(
        self, engine: Callable[[Profile], Answerer], *, chat_model: str | None = None
    ) -> None:
        self._engine = engine
        self._entries = dict(ENGINE_MODELS)
        if chat_model is not None:
            self._entries = {
                model: replace(entry, profile=replace(entry.profile, chat_model=chat_model))
                for model, entry in self._entries.items()
            }
            self._entries[LOCAL_PREFIX + chat_model] = _local(LOCAL_PREFIX + chat_model)
        self._has_endpoint = chat_model is not None
        self._answerers: dict[str, Answerer] = {}
        self._search = _SEARCH

    def cards(self) -> Sequence[ModelCard]:
        """All models, in the order in which they are shown."""
        return [entry.card for entry in self._entries.values()]

    def card(self, model: str) -> ModelCard:
        """The model with this id, or the one that answers for an older id. Raises InvalidModel."""
        return self._entry(model).card

    def priced(self, model: str) -> ModelCard:
        """What has a price under this name: a model, or "search". Raises InvalidModel."""
        return self._search if model == SEARCH else self._entry(model).card

    def set_prices(self, prices: Mapping[str, Price]) -> None:
        """Let these models, or "search", cost something else. Raises InvalidModel."""
        for model, price in prices.items():
            if model == SEARCH:
                self._search = replace(self._search, price=price)
                continue
            entry = self._entry(model)
            card = replace(entry.card, price=price)
            self._entries[card.id] = Entry(card, replace(entry.profile, price=price))

    def price(self, model: str) -> Price | None:
        """The model's price; None when there is no such model."""
        try:
            return self._entry(model).card.price
        except InvalidModel:
            return None

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Give the question to the answerer that its model id names."""
        try:
            return self._answerer(question.model).answer(question, context)
        except HydrophoneError as error:
            return running(_failing(error), context)

    def resumes(self, question: Question) -> bool:
        """Whether the answerer of the question's model can go on with its answer."""
        try:
            answerer = self._answerer(question.model)
        except HydrophoneError:
            return False
        return isinstance(answerer, Resumable) and answerer.resumes(question)

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Have the answerer go on behind the events so far."""
        try:
            answerer = self._answerer(question.model)
            if isinstance(answerer, Resumable):
                return answerer.resume(question, context, so_far)
            raise InternalError("an answer is to be gone on with that cannot be")
        except HydrophoneError as error:
            return running(_failing(error), context, so_far=so_far)

    def _entry(self, model: str) -> Entry:
        entry = self._entries.get(model)
        if entry is not None:
            return entry
        if model in ALIASES:
            return self._older(model)
        if self._has_endpoint and len(model) > len(LOCAL_PREFIX) and model.startswith(LOCAL_PREFIX):
            return _local(model)  # whether it exists is for the endpoint to say
        if model in SUCCESSORS:
            message = f"the model {model!r} was retired; ask {SUCCESSORS[model]!r} instead"
            raise InvalidModel(message, param="model")
        known = ", ".join(self._entries)
        shown = model[:_SHOWN_CHARS]
        raise InvalidModel(f"there is no model {shown!r}; there are: {known}", param="model")

    def _older(self, model: str) -> Entry:
        target, searches = ALIASES[model]
        entry = self._entries[target]
        if searches:
            return entry
        return replace(entry, profile=replace(entry.profile, search=False, searchless=True))

    def _answerer(self, model: str) -> Answerer:
        if model in self._answerers:
            return self._answerers[model]
        answerer = self._engine(self._entry(model).profile)
        if model in self._entries or model in ALIASES:  # ids that callers make up are not kept
            self._answerers[model] = answerer
        return answerer


def _local(model: str) -> Entry:
    profile = Profile(chat_model=model.removeprefix(LOCAL_PREFIX))
    return _entry(model, _FREE, profile)


def _failing(error: HydrophoneError) -> Work:
    async def work(emit: Emit) -> None:
        raise error

    return work
