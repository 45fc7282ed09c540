"""Citations of an answer that has no place for markers, in JSON or by a pattern: beside it.

A value is cited to a source that the check finds to support it under its name, or else to the
sentence that holds it word for word and fits its name best: then what it stands for is unchecked.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hydrophone.engine.candidates import Sentence, most_promising, sentences_of
from hydrophone.engine.checking.base import Checker, Claim
from hydrophone.engine.writing.mending import citation_of
from hydrophone.engine.writing.quotes import unchecked
from hydrophone.errors import Cancelled, HydrophoneError
from hydrophone.types import Citation, Source

MOST_VALUES = 40
MOST_CHECKED = 12
DEADLINE_S = 3.0
_SENTENCE_WORDS = 4
_LEAST_CHARS = 4
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an answer, and how it is named there."""

    name: str
    text: str

    @property
    def statement(self) -> str:
        """What it states: a sentence by itself, fewer words under their name."""
        if len(self.text.split()) >= _SENTENCE_WORDS or not self.name:
            return self.text
        return f"{self.name} {self.text}"


async def citations_beside(
    text: str, sources: Sequence[Source], checker: Checker | None
) -> list[Citation]:
    """The citations of an answer's values, each sentence once; `answer_span` is None."""
    values = list(dict.fromkeys(values_in(text)))[:MOST_VALUES]
    if not values or not sources:
        return []
    supported = await _supported(values[:MOST_CHECKED], sources, checker) if checker else {}
    rest = [value for value in values if value not in supported]
    held = await asyncio.to_thread(_held, rest, sources)
    found = supported | held
    cited = {(one.n, one.source_span.start): one for v in values if (one := found.get(v))}
    return list(cited.values())


def values_in(text: str) -> Iterator[Value]:
    """The values of an answer in JSON; of any other, the text itself."""
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = text
    yield from _values(parsed, "")


def _values(value: object, name: str) -> Iterator[Value]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _values(one, _NOT_WORD.sub(" ", str(key)).strip())
    elif isinstance(value, list):
        for one in value:
            yield from _values(one, name)
    elif not isinstance(value, bool) and value is not None and str(value).strip():
        yield Value(name, str(value).strip())


async def _supported(
    values: Sequence[Value], sources: Sequence[Source], checker: Checker
) -> dict[Value, Citation]:
    """The citations that the check finds in time."""
    found: dict[Value, Citation] = {}
    try:
        async with asyncio.timeout(DEADLINE_S):
            for value in values:
                judged = await checker.check(Claim(value.statement), sources)
                if judged.other is not None:
                    found[value] = citation_of(judged.other, "added", None)
    except TimeoutError:
        return found
    except Cancelled:
        raise
    except HydrophoneError:
        return found
    return found


def _held(values: Sequence[Value], sources: Sequence[Source]) -> dict[Value, Citation]:
    """The citations of values that stand in a sentence word for word."""
    sentences = [(one, _words(one.text)) for one in sentences_of(sources)]
    found: dict[Value, Citation] = {}
    for value in values:
        wanted = _words(value.text)
        if len(wanted) < _LEAST_CHARS:
            continue  # a single digit or letter stands everywhere
        holding: list[Sentence] = [one for one, words in sentences if wanted in words]
        if holding:
            best = most_promising(f"{value.name} {value.text}", holding, 1)[0]
            found[value] = replace(unchecked(best, None), origin="added")
    return found


def _words(text: str) -> str:
    """The words with one space around each, so that no part of one is found."""
    return f" {_NOT_WORD.sub(' ', text.casefold()).strip()} "
