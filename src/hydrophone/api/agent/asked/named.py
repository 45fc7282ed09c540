"""A request as it is read, which models it names, and which of ours answer for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.asked.schema import AgentRequest
from hydrophone.api.agent.asked.strict import parse_strictly
from hydrophone.api.agent.head import OWN_PREFIX, own_name
from hydrophone.api.filters import SHOWN_CHARS
from hydrophone.api.sampling import read_asked
from hydrophone.errors import InvalidModel, InvalidRequest
from hydrophone.ports import ModelCard, Models, Preset
from hydrophone.types import Notice

MAX_MODELS = 5
LOCAL_PREFIX = "local/"
# Whose models are the engine's own.
_OURS = ("perplexity/", OWN_PREFIX)


@dataclass(slots=True)
class Named:
    """The models in the order in which they are tried; `shown` is what a caller sees of each."""

    cards: list[ModelCard] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    @property
    def ids(self) -> Sequence[str]:
        """Their ids, each once."""
        return list(self.shown)

    @property
    def quotes(self) -> bool:
        """Whether none of them answers without a search."""
        return all(card.quotes for card in self.cards)


def read_request(raw: bytes, models: Models, rules: Rules) -> AgentRequest:
    """The body, with any fields of sampling where web sessions alone answer. Raises as
    `parse_strictly`, and as `read_models` does."""
    return read_asked(
        lambda body: parse_strictly(AgentRequest, body, lenient=rules.lenient),
        raw,
        models,
        lambda asked: read_models(asked, read_preset(asked, models), models, rules).ids,
    )


def read_preset(body: AgentRequest, models: Models) -> Preset | None:
    """The preset that the body names. Raises InvalidRequest when there is none of this name."""
    name = body.preset if body.effort is None else body.effort
    if name is None:
        return None
    try:
        return models.preset(name)
    except InvalidRequest as error:
        param = "preset" if body.effort is None else "effort"
        raise InvalidRequest(error.message, param=param) from None


def read_models(body: AgentRequest, preset: Preset | None, models: Models, rules: Rules) -> Named:
    """The models that the body names, or else its preset's. Raises InvalidModel or InvalidRequest
    with the field's name."""
    named = Named()
    if body.models is not None:
        if not 1 <= len(body.models) <= MAX_MODELS:
            message = f"models holds 1 to {MAX_MODELS} models, not {len(body.models)}"
            raise InvalidRequest(message, param="models")
        for index, name in enumerate(body.models):
            _add(named, name, f"models[{index}]", models, rules)
    elif body.model is not None:
        _add(named, body.model, "model", models, rules)
    elif preset is not None:
        named.cards.append(models.card(preset.model))
        named.shown[preset.model] = own_name(preset.model)
    else:
        raise InvalidRequest("one of model, models, preset and effort is needed", param="model")
    return named


def _add(named: Named, name: str, param: str, models: Models, rules: Rules) -> None:
    model = _known(name, models)
    shown = name
    if model is None:
        model = rules.default_model
        shown = own_name(model)
        _refuse(name, param, models, rules)
        message = f"There is no model {name[:SHOWN_CHARS]!r} here: {shown!r} answers."
        named.notices.append(Notice("downgrade", message))
    named.cards.append(models.card(model))
    named.shown.setdefault(model, shown)


def _known(name: str, models: Models) -> str | None:
    """The id of ours that the name means."""
    for prefix in ("", *_OURS):
        if name.startswith(prefix):
            model = name.removeprefix(prefix)
            try:
                models.card(model)
            except InvalidModel:
                continue
            return model
    return None


def _refuse(name: str, param: str, models: Models, rules: Rules) -> None:
    """Refuse an unknown model that no other may stand for: those of other providers may be stood
    for, unless the server is strict, and in any case where it is lenient."""
    if rules.lenient and not name.startswith(LOCAL_PREFIX):
        return
    provided = "/" in name and not name.startswith((LOCAL_PREFIX, *_OURS))
    if provided and not rules.strict:
        return
    try:
        models.card(name)
    except InvalidModel as error:
        raise InvalidModel(error.message, param=param) from None
