"""The one registry: which answerer a model id names, what it can hold, and what it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial

from hydrophone.catalog.embeddings import EMBEDDING_MODELS
from hydrophone.catalog.fallback import Attempt, first_that_answers, told_first
from hydrophone.catalog.models import (
    ALIASES,
    CREATED,
    ENGINE_MODELS,
    FREE,
    LOCAL_PREFIX,
    OWNER,
    SEARCH,
    SEARCH_CARD,
    SUCCESSORS,
    Entry,
    model_entry,
)
from hydrophone.catalog.official import Official
from hydrophone.catalog.presets import find_preset
from hydrophone.catalog.session import BEST, SessionModels, is_known_name, without_session
from hydrophone.engine.profile import Profile
from hydrophone.errors import HydrophoneError, InternalError, InvalidModel, InvalidRequest
from hydrophone.ports import Answerer, EmbeddingCard, ModelCard, Preset, Resumable
from hydrophone.stream import Emit, Work, running
from hydrophone.types import Event, Notice, Price, Question, RequestContext

# How much of an unknown id is repeated to who sent it.
_SHOWN_CHARS = 80
_DEFAULT = "default"


class Catalog:
    """Maps model ids to answerers. `engine` builds the answerer of an engine profile; it is
    called once for each id that is listed. `official` answers for some of them in its place, and
    for those that it alone has, `web` for those of a caller's session or the server's. Raises
    InvalidModel when `official` has one that is not there."""

    def __init__(
        self,
        engine: Callable[[Profile], Answerer],
        *,
        chat_model: str | None = None,
        official: Official | None = None,
        web: SessionModels | None = None,
    ) -> None:
        self._engine = engine
        self._web = web
        self._official = official
        self._entries = dict(ENGINE_MODELS)
        if chat_model is None:
            self._entries = {
                model: replace(entry, card=replace(entry.card, quotes=True))
                for model, entry in self._entries.items()
            }
        else:
            self._entries = {
                model: replace(entry, profile=replace(entry.profile, chat_model=chat_model))
                for model, entry in self._entries.items()
            }
            self._entries[LOCAL_PREFIX + chat_model] = _local(LOCAL_PREFIX + chat_model)
        self._has_endpoint = chat_model is not None
        self._answerers: dict[str, Answerer] = {}
        self._search = SEARCH_CARD
        self._embeddings = dict(EMBEDDING_MODELS)
        for model in official.targets if official else ():
            entry = self._entry(model)
            card = replace(entry.card, quotes=False)
            self._entries[model] = replace(entry, card=card)

    def cards(self, *, session: bool = False) -> Sequence[ModelCard]:
        """All models, in the order in which they are shown; `session` as in `Models`."""
        cards = [entry.card for entry in self._entries.values()]
        web = self._web
        if web is None or not (session or web.configured or web.only):
            return cards
        more = web.cards()
        ids = {card.id for card in more}
        return [*more] if web.only else [*(one for one in cards if one.id not in ids), *more]

    def card(self, model: str, *, session: bool = False) -> ModelCard:
        """The model with this id, or the one that answers for an older id. Raises InvalidModel."""
        theirs = self._of_session(model, session)
        return self._entry(model).card if theirs is None else theirs.card

    def of_session(self, model: str, *, session: bool = False) -> bool:
        """Whether a web session answers for this id."""
        try:
            return self._of_session(model, session) is not None
        except InvalidModel:
            return False

    def preset(self, name: str) -> Preset:
        """The preset with this name. Raises InvalidRequest."""
        return find_preset(name)

    def embedding(self, model: str) -> EmbeddingCard:
        """The id of a model that makes vectors. Raises InvalidModel."""
        if model in self._embeddings:
            return self._embeddings[model]
        known, shown = ", ".join(self._embeddings), model[:_SHOWN_CHARS]
        message = f"there is no embedding model {shown!r}; there are: {known}"
        raise InvalidModel(message, param="model")

    def priced(self, model: str) -> ModelCard:
        """What has a price under this name: a model of either kind, or "search".

        Raises InvalidModel.
        """
        if model in self._embeddings:
            return ModelCard(model, CREATED, OWNER, price=self._embeddings[model].price)
        return self._search if model == SEARCH else self._entry(model).card

    def set_prices(self, prices: Mapping[str, Price]) -> None:
        """Let what `priced` knows cost something else. Raises InvalidModel."""
        for model, price in prices.items():
            if model == SEARCH:
                self._search = replace(self._search, price=price)
                continue
            if model in self._embeddings:
                self._embeddings[model] = replace(self._embeddings[model], price=price)
                continue
            entry = self._entry(model)
            card = replace(entry.card, price=price)
            self._entries[card.id] = Entry(card, replace(entry.profile, price=price))

    def price(self, model: str) -> Price | None:
        """The model's price; None when there is no such model."""
        try:
            return self.card(model, session=True).price
        except InvalidModel:
            return None

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Give the question to the answerer that its model id names; where that fails before its
        first word, to that of the next one of the question's fallbacks."""
        if not question.fallbacks:
            return self._answer(question, context)
        alone = (replace(question, model=model, fallbacks=()) for model in question.models)
        return first_that_answers(
            [Attempt(one.model, partial(self._answer, one, context)) for one in alone]
        )

    def _answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        try:
            model, web = question.model, self._web
            if self._of_session(model, context.credential is not None) is not None:
                assert web is not None
                return web.answerer.answer(question, context)
            _check_sources(question)
            if model == BEST and model not in self._entries:
                return told_first(_BEST_STOOD_FOR, self._answerer(_DEFAULT), question, context)
            return self._answerer(model).answer(question, context)
        except HydrophoneError as error:
            return running(_failing(error), context)

    def resumes(self, question: Question) -> bool:
        """Whether the answerer of the question's model can go on with its answer; where several
        may answer, none can."""
        if question.fallbacks:
            return False
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

    def _of_session(self, model: str, session: bool) -> Entry | None:
        """The line of a model that a session answers for; None for all others. Raises InvalidModel
        where there are no others."""
        web = self._web
        if web is None or not (session or web.configured or web.only):
            return None
        if not web.comes_first(model) and self._is_ours(model):
            return None
        entry = web.entry(model)
        if entry is None and web.only:
            raise web.missing(model)
        return entry

    def _is_ours(self, model: str) -> bool:
        return model in self._entries or model in ALIASES or model.startswith(LOCAL_PREFIX)

    def _entry(self, model: str) -> Entry:
        entry = self._entries.get(model)
        if entry is not None:
            return entry
        if model in ALIASES:
            return self._older(model)
        if self._has_endpoint and len(model) > len(LOCAL_PREFIX) and model.startswith(LOCAL_PREFIX):
            return _local(model)  # whether it exists is for the endpoint to say
        if self._official is not None and (theirs := self._official.entry(model)) is not None:
            return theirs
        if model in SUCCESSORS:
            message = f"the model {model!r} was retired; ask {SUCCESSORS[model]!r} instead"
            raise InvalidModel(message, param="model")
        if model == BEST:
            return self._entries[_DEFAULT]
        if self._web is not None and is_known_name(model):
            raise without_session(model)
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
        entry = self._entry(model)
        target = None if self._official is None else self._official.target(model, entry)
        if self._official is not None and target is not None:
            answerer = self._official.build(target, entry.profile)
        else:
            answerer = self._engine(entry.profile)
        if model in self._entries or model in ALIASES:  # ids that callers make up are not kept
            self._answerers[model] = answerer
        return answerer


_BEST_STOOD_FOR = Notice(
    "downgrade",
    f"{_DEFAULT!r} of this server answered: {BEST!r} chooses a model of a Perplexity web session, "
    "and there is none",
)


def _check_sources(question: Question) -> None:
    """Refuse what only the account of a web session can search."""
    if question.session.connectors:
        raise InvalidRequest(
            f"{question.model[:_SHOWN_CHARS]!r} cannot search "
            f"{', '.join(question.session.connectors)}: what an account has connected is for "
            "models of its web session",
            param="perplexity.source_focus",
        )


def _local(model: str) -> Entry:
    profile = Profile(chat_model=model.removeprefix(LOCAL_PREFIX))
    return model_entry(model, FREE, profile)


def _failing(error: HydrophoneError) -> Work:
    async def work(emit: Emit) -> None:
        raise error

    return work
