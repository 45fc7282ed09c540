"""Which forms an endpoint takes, learnt from what it refused."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from hydrophone.errors import HydrophoneError
from hydrophone.llm.structured.forms import Family, Form, family_of, ladder
from hydrophone.types import JsonFormat, RegexFormat

T = TypeVar("T")
# A form that was refused for so many formats, and taken for none, is not tried again.
ENOUGH_REFUSALS = 3
_KEPT = 1_000
# What the errors of servers speak of that cannot make a grammar, whatever their status.
_TELLING = ("grammar", "schema", "format", "regex", "structured", "guided")
_log = logging.getLogger(__name__)


class FormsTaken:
    """What one endpoint takes."""

    def __init__(self) -> None:
        self._family: Family | None = None
        self._refused: dict[tuple[Form, str], None] = {}
        self._taken: set[Form] = set()

    async def first_taken(
        self,
        wanted: JsonFormat | RegexFormat,
        send: Callable[[Form], Awaitable[T]],
        refusals: tuple[type[HydrophoneError], ...],
        *,
        owner: Callable[[], Awaitable[str]],
    ) -> T:
        """What `send` gave with the first form that the endpoint took. An error of `refusals` has
        the next form tried; raises the first of them when all were refused. `owner` asks the
        endpoint who owns its models, once, when a pattern is first wanted."""
        digest = _digest(wanted)
        family = await self._family_for(wanted, owner)
        forms = self._open(ladder(wanted, family), digest)
        first: HydrophoneError | None = None
        refused: list[Form] = []
        for form in forms:
            try:
                got = await send(form)
            except refusals as error:
                if not _is_refusal(error):
                    raise
                first = first or error
                refused.append(form)
                continue
            self._learn(form, refused, digest)
            return got
        if first is None:
            raise AssertionError("the last form is always open")
        raise first

    def _open(self, forms: Sequence[Form], digest: str) -> list[Form]:
        return [form for form in forms if form == "told" or not self._is_refused(form, digest)]

    def _is_refused(self, form: Form, digest: str) -> bool:
        if (form, digest) in self._refused:
            return True
        times = sum(one == form for one, _ in self._refused)
        return form not in self._taken and times >= ENOUGH_REFUSALS

    def _learn(self, taken: Form, refused: Sequence[Form], digest: str) -> None:
        self._taken.add(taken)
        for form in refused:
            _log.info("the model endpoint refused the form %s for a format", form)
            self._refused[form, digest] = None
        while len(self._refused) > _KEPT:
            del self._refused[next(iter(self._refused))]

    async def _family_for(
        self, wanted: JsonFormat | RegexFormat, owner: Callable[[], Awaitable[str]]
    ) -> Family:
        if isinstance(wanted, JsonFormat):
            return "other"  # all take the same
        if self._family is None:
            try:
                self._family = family_of(await owner())
            except HydrophoneError:
                return "other"  # not known yet
        return self._family


def _is_refusal(error: HydrophoneError) -> bool:
    return error.status < 500 or any(word in error.message.lower() for word in _TELLING)


def _digest(wanted: JsonFormat | RegexFormat) -> str:
    text = wanted.pattern if isinstance(wanted, RegexFormat) else json.dumps(wanted.schema)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
