"""Which model ids a web session answers for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hydrophone.catalog.models import CREATED, FREE, LOCAL_PREFIX, Entry
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidModel
from hydrophone.perplexity.models.ids import resolve
from hydrophone.perplexity.models.table import Model
from hydrophone.ports import Answerer, ModelCard

BEST = "best"
_SONAR = "sonar"
# Ids of the engine under which a server of web sessions alone has the same kind of answer.
_ENGINES = {"default": BEST, "sonar-deep-research": "deep-research"}
_SHOWN_ALIASES = ("perplexity-auto", "perplexity-sonar", "perplexity-research", "perplexity-labs")
_SHOWN_CHARS = 80
_PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class SessionModels:
    """Perplexity's web session as the catalog knows it.

    `known` are the models of the moment. `configured`: the server has a session of its own, for
    callers who bring none. `only`: there is nothing beside it, neither engine nor documents.
    `takes_sonar`: the id `sonar` is Perplexity's, not the engine's.
    """

    answerer: Answerer
    known: Callable[[], Mapping[str, Model]]
    configured: bool = False
    only: bool = False
    takes_sonar: bool = False

    def name_of(self, model: str) -> str:
        """The service's id of a model that a question names. Raises InvalidModel."""
        if self.only and model in _ENGINES:
            return _ENGINES[model]
        return resolve(model, known=self.known()).id

    def comes_first(self, model: str) -> bool:
        """Whether an id is a session's where others have it as well."""
        if self.only or (self.takes_sonar and model == _SONAR):
            return True
        return "/" in model and not model.startswith(LOCAL_PREFIX)

    def entry(self, model: str) -> Entry | None:
        """The line of a model that a session answers for; None for all others."""
        try:
            self.name_of(model)
        except InvalidModel:
            return None
        return _entry(model)

    def cards(self) -> Sequence[ModelCard]:
        """All models, in the order in which they are shown."""
        known = (name for name in self.known() if self.only or name != _SONAR or self.takes_sonar)
        return [_entry(model).card for model in (*_SHOWN_ALIASES, *known)]

    def missing(self, model: str) -> InvalidModel:
        """The error for an id that no session answers for."""
        known = ", ".join(card.id for card in self.cards())
        shown = model[:_SHOWN_CHARS]
        return InvalidModel(f"there is no model {shown!r}; there are: {known}", param="model")


def without_session(model: str) -> InvalidModel:
    """The error for an id that a session would answer for, where there is none."""
    return InvalidModel(
        f"{model[:_SHOWN_CHARS]!r} is a model of Perplexity's web session, and there is none: send "
        "your token in the header `X-Perplexity-Session-Token`, or sign the server in with "
        "`hydrophone login`",
        param="model",
    )


def is_known_name(model: str) -> bool:
    """Whether the bundled table knows an id; of those with a slash none is told to need a session,
    as others have them too."""
    if "/" in model:
        return False
    try:
        resolve(model)
    except InvalidModel:
        return False
    return True


def _entry(model: str) -> Entry:
    card = ModelCard(model, CREATED, "perplexity", price=FREE, converses=True)
    return Entry(card, _PROFILE)
