"""What is shown of a request with its answer, beside what comes of the events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hydrophone.errors import InvalidModel
from hydrophone.ports import Models
from hydrophone.types import JsonValue, Price, Question

ID_PREFIX = "resp_"
# The engine's models under names of the dialect's form, `provider/name`.
OWN_PREFIX = "hydrophone/"
_NOTHING: Mapping[str, JsonValue] = {}


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """What is the same on every body of one response. Times are seconds since 1970.

    `key` is the id of the request, or of the job that answers it. `ended_at` is None while that is
    not known.
    """

    key: str
    created_at: int
    question: Question
    models: Models
    ended_at: int | None = None

    @property
    def id(self) -> str:
        """The response's id."""
        return ID_PREFIX + self.key

    @property
    def echo(self) -> Mapping[str, JsonValue]:
        """The fields of the request that are shown again."""
        shown = (self.question.echo or _NOTHING).get("fields")
        return shown if isinstance(shown, Mapping) else _NOTHING

    @property
    def notices(self) -> list[JsonValue]:
        """What the caller should know about how the request was read."""
        told = (self.question.echo or _NOTHING).get("notices")
        return list(told) if isinstance(told, list | tuple) else []

    def shown_model(self, ran: str | None) -> str:
        """The name under which a model is shown; None is the one that the question names."""
        model = self.question.model if ran is None else ran
        names = (self.question.echo or _NOTHING).get("models")
        shown = names.get(model) if isinstance(names, Mapping) else None
        return shown if isinstance(shown, str) else own_name(model)

    def price(self, ran: str | None) -> Price:
        """What the model that ran is charged by; nothing when it is there no more."""
        try:
            return self.models.card(self.question.model if ran is None else ran).price
        except InvalidModel:
            return Price()


def own_name(model: str) -> str:
    """A model's id in the form `provider/name`."""
    return model if "/" in model else OWN_PREFIX + model


def key_of(response_id: str) -> str:
    """The id of the request or job behind a response's id; another id stays what it is."""
    return response_id.removeprefix(ID_PREFIX)
