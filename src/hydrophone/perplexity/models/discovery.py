"""The models that the service itself lists, kept for a day, with the bundled table behind them.

Its list says what a model is called, who makes it and from which subscription on it can be asked;
the bundled table knows under which ids programs ask for it.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import orjson

from hydrophone.perplexity.errors import PerplexityError
from hydrophone.perplexity.models.table import MODELS, Mode, Model, Tier
from hydrophone.perplexity.session.web import WebSession
from hydrophone.perplexity.wire.thread import said

PATH = "/rest/models/config"
_QUERY = {"config_schema": "v1", "version": "2.18", "source": "default"}
_KEPT_S = 24 * 3600.0
_AGAIN_S = 300.0
_HIDDEN = ("comet_", "pplx_asi_")
_SLOTS = ("non_reasoning_model", "reasoning_model", "fast_model", "text_only_model")
_log = logging.getLogger("hydrophone.perplexity")


class ModelList:
    """The models of the moment. `kept_in` is a file that other processes share the list by."""

    def __init__(
        self,
        web: WebSession,
        *,
        kept_in: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._web = web
        self._kept_in = kept_in
        self._clock = clock
        self._known: Mapping[str, Model] = MODELS
        self._known_until = 0.0

    @property
    def known(self) -> Mapping[str, Model]:
        """Those that were last told of, without asking."""
        return self._known

    async def models(self) -> Mapping[str, Model]:
        """All models by their ids; when the service gives no list, those that were known before,
        at first those of the bundled table. It is asked again some minutes later."""
        if self._clock() < self._known_until:
            return self._known
        told = self._read_kept()
        if told is not None:
            return self._keep(told)
        try:
            return await self.refresh()
        except PerplexityError as error:
            _log.warning("the service does not say which models there are: %s", error)
            self._known_until = self._clock() + _AGAIN_S
            return self._known

    async def refresh(self) -> Mapping[str, Model]:
        """Ask the service now. Raises PerplexityError."""
        told = await self._web.get(PATH, _QUERY)
        told = told if isinstance(told, dict) else {}
        self._write_kept(told)
        return self._keep(told)

    def _keep(self, told: Mapping[str, Any]) -> Mapping[str, Model]:
        self._known, self._known_until = with_listed(MODELS, told), self._clock() + _KEPT_S
        return self._known

    def _read_kept(self) -> Mapping[str, Any] | None:
        """The list that was kept, when it is not older than a day."""
        path = self._kept_in
        try:
            if path is None or self._clock() - path.stat().st_mtime >= _KEPT_S:
                return None
            told = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return None
        return told if isinstance(told, dict) else None

    def _write_kept(self, told: Mapping[str, Any]) -> None:
        if self._kept_in is None:
            return
        new = self._kept_in.with_name(f"{self._kept_in.name}.{os.getpid()}")
        try:
            new.write_bytes(orjson.dumps(told))
            new.replace(self._kept_in)
        except OSError as error:
            _log.warning("the list of models was not kept: %s", error)


def with_listed(known: Mapping[str, Model], told: Mapping[str, Any]) -> dict[str, Model]:
    """The known models, and those that the service lists besides, under their identifiers.

    `told` is the answer of /rest/models/config: `models` by identifier, and in `config` the rows
    of its menu, which name the subscription: it counts more than what was recorded once.
    """
    tiers = _tiers(told)
    found = {
        id: replace(model, subscription_tier=tiers.get(model.identifier, model.subscription_tier))
        for id, model in known.items()
    }
    identifiers = {model.identifier for model in known.values()}
    listed = told.get("models")
    for identifier, one in (listed if isinstance(listed, dict) else {}).items():
        if identifier in identifiers or identifier.startswith(_HIDDEN) or not isinstance(one, dict):
            continue
        found.setdefault(
            identifier,
            Model(
                identifier,
                said(one, "label") or identifier,
                identifier,
                said(one, "description") or "",
                tiers.get(identifier, "pro"),
                _mode(one),
                provider=(said(one, "provider") or "perplexity").lower(),
            ),
        )
    return found


def _tiers(told: Mapping[str, Any]) -> dict[str, Tier]:
    """The subscription of each identifier that the menu has."""
    rows = told.get("config")
    found: dict[str, Tier] = {}
    for row in rows if isinstance(rows, list) else ():
        tier = said(row, "subscription_tier") if isinstance(row, dict) else None
        if tier is None or tier.lower() not in get_args(Tier):
            continue
        slots = (row.get(slot) for slot in _SLOTS)
        found.update({slot: tier.lower() for slot in slots if isinstance(slot, str)})  # type: ignore[misc]
    return found


def _mode(one: Mapping[str, Any]) -> Mode:
    """How the model is asked: the service's menu calls "search" what its requests call copilot."""
    return "research" if said(one, "mode") == "research" else "copilot"
