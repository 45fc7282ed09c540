"""How long a stream is: the bytes that the chat door sends for one answer, by stream mode.

The answer has 800 pieces of text, as a model sends 800 tokens, and ten sources with titles,
addresses and snippets of usual length. Counted are the bytes of the events without HTTP's framing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice

from hydrophone.api.chat.concise import ConciseChunks
from hydrophone.api.chat.dialect import FullChunks
from hydrophone.api.chat.head import ChatHead
from hydrophone.ports import ModelCard
from hydrophone.types import (
    Event,
    Finished,
    Meter,
    SearchResult,
    Source,
    Sources,
    Text,
    Usage,
    ask,
)

TOKENS, SOURCES = 800, 10
FULL, CONCISE, REPEATED = "full", "concise", "full, results repeated"
_HEAD = ChatHead(
    "01999999-9999-7999-8999-999999999999",
    1_790_000_000,
    ask("?", model="sonar"),
    ModelCard("sonar", 0, "hydrophone"),
)
_WORDS = (
    "Humpback whales sing for hours, and those of one sea sing the same song, which changes "
    "from year to year; boats drown the low notes [1][2].\n"
)


def stream_bytes() -> dict[str, int]:
    """The bytes of the answer's stream, by mode."""
    repeated = replace(_HEAD, repeats_results=True)
    return {
        FULL: _length(FullChunks(_HEAD, _meter())),
        CONCISE: _length(ConciseChunks(_HEAD, _meter())),
        REPEATED: _length(FullChunks(repeated, _meter())),
    }


def _length(dialect: FullChunks | ConciseChunks) -> int:
    return sum(len(dialect.frames(event)) for event in _events())


def _meter() -> Meter:
    meter = Meter()
    meter.add(prompt_tokens=1_500, search_queries=1, model_calls=1)
    return meter


def _events() -> Iterator[Event]:
    yield Sources(tuple(map(_source, range(1, SOURCES + 1))), complete=True)
    for word in islice(cycle(_WORDS.split(" ")), TOKENS):
        yield Text(f" {word}")
    yield Finished("stop", Usage(1_500, TOKENS, search_queries=1, model_calls=1))


def _source(n: int) -> Source:
    url = f"https://www.example-{n}.org/journal/2026/whales-that-sing"
    return Source(n, SearchResult(url, f"Whales that sing, part {n}", _WORDS * 2, "web"))
