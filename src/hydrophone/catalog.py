"""The one registry: which answerer a model id names, what it can hold, and what it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from hydrophone.engine.profile import Profile
from hydrophone.errors import HydrophoneError, InvalidModel
from hydrophone.ports import Answerer, ModelCard
from hydrophone.stream import Emit, Work, running
from hydrophone.types import Event, Price, Question, RequestContext

CREATED = 1_790_000_000
OWNER = "hydrophone"
LOCAL_PREFIX = "local/"
# How much of an unknown id is repeated to who sent it.
_SHOWN_CHARS = 80

# Context and output limits and prices as Perplexity documents them for its Sonar models.
_SONAR = Price(input_usd=1, output_usd=1, low_usd=5, medium_usd=8, high_usd=12)
_SONAR_PRO = Price(input_usd=3, output_usd=15, low_usd=6, medium_usd=10, high_usd=14)
_FREE = Price()


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the registry."""

    card: ModelCard
    profile: Profile


def _entry(
    model: str, price: Price, profile: Profile, *, context: int | None, output: int | None
) -> Entry:
    return Entry(ModelCard(model, CREATED, OWNER, context, output, price), profile)


ENGINE_MODELS: Mapping[str, Entry] = {
    entry.card.id: entry
    for entry in (
        _entry("default", _FREE, Profile(), context=None, output=None),
        _entry("sonar", _SONAR, Profile(), context=128_000, output=4_096),
        _entry(
            "sonar-pro",
            _SONAR_PRO,
            Profile(results=16, sentences=4, pairs=24, passage_tokens=8_000),
            context=200_000,
            output=8_192,
        ),
    )
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

    def cards(self) -> Sequence[ModelCard]:
        """All models, in the order in which they are shown."""
        return [entry.card for entry in self._entries.values()]

    def card(self, model: str) -> ModelCard:
        """The model with this id. Raises InvalidModel."""
        return self._entry(model).card

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

    def _entry(self, model: str) -> Entry:
        entry = self._entries.get(model)
        if entry is not None:
            return entry
        if self._has_endpoint and len(model) > len(LOCAL_PREFIX) and model.startswith(LOCAL_PREFIX):
            return _local(model)  # whether it exists is for the endpoint to say
        known = ", ".join(self._entries)
        shown = model[:_SHOWN_CHARS]
        raise InvalidModel(f"there is no model {shown!r}; there are: {known}", param="model")

    def _answerer(self, model: str) -> Answerer:
        if model in self._answerers:
            return self._answerers[model]
        answerer = self._engine(self._entry(model).profile)
        if model in self._entries:  # ids that callers make up are not kept
            self._answerers[model] = answerer
        return answerer


def _local(model: str) -> Entry:
    profile = Profile(chat_model=model.removeprefix(LOCAL_PREFIX))
    return _entry(model, _FREE, profile, context=None, output=None)


def _failing(error: HydrophoneError) -> Work:
    async def work(emit: Emit) -> None:
        raise error

    return work
