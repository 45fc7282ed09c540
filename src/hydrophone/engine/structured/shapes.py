"""The two shapes that an answer can be wanted in, and how each is found in a model's reply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from hydrophone.llm.structured.coercion import mended
from hydrophone.llm.structured.fitted import MOST_REPEATS, shortened
from hydrophone.llm.structured.grammar import bounded
from hydrophone.llm.structured.json_replies import Found, found_json
from hydrophone.llm.structured.matching import Matcher, matcher
from hydrophone.llm.structured.pattern_replies import matching_text
from hydrophone.llm.structured.patterns import written
from hydrophone.llm.structured.schemas import Problem, Schema, pointer, schema_of
from hydrophone.types import JsonFormat, RegexFormat

_SHOWN_CHARS = 300
_NO_JSON = "it holds no whole JSON value"
_NO_OBJECT = "it is no JSON object"


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer as it goes out."""

    text: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a reply is no answer, in words for the model and for people."""

    reason: str


class Shape(Protocol):
    """What an answer must look like."""

    @property
    def words(self) -> str:
        """What the model is told about it."""

    @property
    def shorter(self) -> JsonFormat | RegexFormat:
        """The format with an end to all that may go on for ever."""

    async def read(self, reply: str, *, cut: bool) -> Fit | Misfit:
        """The answer in a reply. `cut`: the reply was broken off, and what is open may be closed.
        Raises PatternTooSlow."""


def shape_of(wanted: JsonFormat | RegexFormat) -> Shape:
    """The shape of a format. Raises SchemaRefused and PatternRefused when it cannot be answered."""
    if isinstance(wanted, RegexFormat):
        return PatternShape(matcher(wanted.pattern))
    schema = schema_of(wanted.schema) if wanted.schema is not None else None
    return JsonShape(wanted, schema)


class JsonShape:
    """JSON that fits a schema; without one, any object."""

    def __init__(self, wanted: JsonFormat, schema: Schema | None) -> None:
        self._wanted = wanted
        self._schema = schema

    @property
    def words(self) -> str:
        """The schema itself: a grammar binds a model but tells it nothing."""
        if self._schema is None:
            return "The answer is one JSON object and nothing else."
        said = " ".join((self._wanted.description or "").split())
        about = f" ({said})" if said else ""
        return (
            f"The answer{about} is one JSON value and nothing else, by this JSON schema:\n"
            f"{self._schema.text}"
        )

    @property
    def shorter(self) -> JsonFormat:
        """See Shape."""
        if self._schema is None:
            return self._wanted
        return replace(self._wanted, schema=shortened(self._schema.document))

    async def read(self, reply: str, *, cut: bool) -> Fit | Misfit:
        """See Shape."""
        return await asyncio.to_thread(self._read, reply, cut)

    def _read(self, reply: str, cut: bool) -> Fit | Misfit:
        misfit: Misfit | None = None
        for found in self._candidates(reply, cut):
            if self._fits(found.value):
                return Fit(found.text)
            if (value := self._mended(found.value)) is not None:
                return Fit(_dumped(value))
            misfit = misfit or self._misfit(found)
        return misfit or Misfit(_NO_JSON)

    def _candidates(self, reply: str, cut: bool) -> Iterator[Found]:
        yield from found_json(reply, cut=cut)
        plain = reply.strip()
        if self._schema is not None and _may_be_text(self._schema.document) and plain:
            yield Found(plain, _dumped(plain))

    def _fits(self, value: Any) -> bool:
        if self._schema is None:
            return isinstance(value, dict)
        return self._schema.fits(value)

    def _mended(self, value: Any) -> Any | None:
        """The value with its types mended, or what it only wraps; None when it does not fit."""
        tried = [value]
        if isinstance(value, dict | list) and len(value) == 1:
            tried.append(next(iter(value.values())) if isinstance(value, dict) else value[0])
        for one in tried:
            made = mended(one, self._schema) if self._schema is not None else one
            if self._fits(made):
                return made
        return None

    def _misfit(self, found: Found) -> Misfit:
        if self._schema is None:
            return Misfit(_NO_OBJECT)
        problems = self._schema.problems(found.value)
        return Misfit("; ".join(map(_told, problems)))


class PatternShape:
    """Text that a pattern matches as a whole."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    @property
    def words(self) -> str:
        """The pattern."""
        return (
            "The answer is only a text that this regular expression matches as a whole:\n"
            f"{self._matcher.text}"
        )

    @property
    def shorter(self) -> RegexFormat:
        """See Shape."""
        return RegexFormat(written(bounded(self._matcher.pattern.root, MOST_REPEATS)))

    async def read(self, reply: str, *, cut: bool) -> Fit | Misfit:
        """See Shape."""
        text = await matching_text(reply, self._matcher)
        if text is None:
            return Misfit("the regular expression does not match it as a whole")
        return Fit(text)


def _may_be_text(document: Mapping[str, Any]) -> bool:
    return document.get("type") == "string" or "enum" in document


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _told(problem: Problem) -> str:
    message = " ".join(problem.message.split())[:_SHOWN_CHARS]
    return f"at {pointer(problem.place)}: {message}" if problem.place else message
