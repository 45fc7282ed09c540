"""The price list of an operator: a JSON file in place of the prices that Perplexity asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from hydrophone.errors import InvalidModel, NotConfigured
from hydrophone.ports import ModelCard
from hydrophone.types import Price

MOST_USD = 1_000_000
_FIELDS = {field.name.removesuffix("_usd"): field.name for field in fields(Price)}


def read_prices(path: Path, card_of: Callable[[str], ModelCard]) -> Mapping[str, Price]:
    """The prices by model id. The file holds `{"sonar": {"input": 1, "output": 1, "low": 5}}`: the
    fields of `Price` without `_usd`; what is left out stays as it is.

    `card_of` gives the models that there are. Raises NotConfigured with what is wrong and where.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(path, f"cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise _wrong(path, 'must hold one JSON object, such as {"sonar": {"input": 1}}')
    return {model: _price(path, model, card_of, change) for model, change in found.items()}


def _price(path: Path, model: str, card_of: Callable[[str], ModelCard], change: object) -> Price:
    try:
        card = card_of(model)
    except InvalidModel as error:
        raise _wrong(path, error.message) from None
    if card.id != model:
        raise _wrong(path, f"{model!r} is an older name of {card.id!r}; write that one")
    if not isinstance(change, dict):
        raise _wrong(path, f"the prices of {model!r} must be an object")
    for name, value in change.items():
        if name not in _FIELDS:
            raise _wrong(path, f"{model!r} has no price {name!r}; there are: {', '.join(_FIELDS)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(path, f"{name!r} of {model!r} must be a number of US dollars")
        if not 0 <= value <= MOST_USD:
            raise _wrong(path, f"{name!r} of {model!r} must be from 0 to {MOST_USD}")
    return replace(card.price, **{_FIELDS[name]: value for name, value in change.items()})


def _wrong(path: Path, problem: str) -> NotConfigured:
    return NotConfigured(f"HYDROPHONE_PRICES: {path}: {problem}")
