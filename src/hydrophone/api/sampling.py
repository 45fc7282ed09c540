"""Fields of sampling, which say how a language model draws its words. A web session has no way to
be told them, so whoever asks one is not refused for what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import orjson

from hydrophone.api.request import json_object
from hydrophone.errors import HydrophoneError
from hydrophone.ports import Models
from hydrophone.types import JsonValue

_FIELDS = frozenset(
    (
        *("max_tokens", "max_completion_tokens", "max_output_tokens", "temperature", "top_p"),
        *("top_k", "presence_penalty", "frequency_penalty", "seed", "stop"),
    )
)
_Asked = TypeVar("_Asked")


def read_asked(
    read: Callable[[bytes], _Asked],
    raw: bytes,
    models: Models,
    names: Callable[[_Asked], Iterable[str]],
    *,
    inside: str | None = None,
) -> _Asked:
    """A request's body by `read`; where that fails, and all `names` of models in it are of web
    sessions, without its fields of sampling, or those of the object in the field `inside`.

    Raises as `read` and `names`, and InvalidModel.
    """
    try:
        return read(raw)
    except HydrophoneError:
        value = json_object(raw)
        kept = _without_sampling(value, inside)
        if kept == value:
            raise
        asked = read(orjson.dumps(kept))
        if not all(models.card(name).converses for name in names(asked)):
            raise
        return asked


def _without_sampling(value: Mapping[str, JsonValue], inside: str | None) -> dict[str, JsonValue]:
    if inside is None:
        return {name: one for name, one in value.items() if name not in _FIELDS}
    within = value.get(inside)
    if not isinstance(within, Mapping):
        return dict(value)
    return {**value, inside: _without_sampling(within, None)}
