"""Streams of the chat door with a fixed clock and fixed ids, for the captures in `golden/`.

`python -m tests.api.chat.captures` writes them anew; read the difference before you keep it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from hydrophone.api.chat.concise import ConciseChunks
from hydrophone.api.chat.dialect import FullChunks
from hydrophone.api.chat.head import head_of
from hydrophone.api.sse import EventStream
from hydrophone.errors import UpstreamError
from hydrophone.ports import ModelCard
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import (
    Citation,
    Event,
    Extras,
    Finished,
    Image,
    Media,
    Notice,
    Price,
    Question,
    Related,
    RequestContext,
    SearchOptions,
    SearchResult,
    Source,
    Sources,
    SourceSpan,
    Span,
    Step,
    StepResult,
    Text,
    TextPart,
    Thinking,
    ToolCallDelta,
    Turn,
    Usage,
    Video,
)

FOLDER = Path(__file__).parent / "golden"
SONAR = ModelCard(
    "sonar", 0, "hydrophone", price=Price(input_usd=1, output_usd=1, low_usd=5, medium_usd=8)
)
SONAR_PRO = ModelCard(
    "sonar-pro", 0, "hydrophone", price=Price(input_usd=3, output_usd=15, low_usd=6, pro_low_usd=14)
)
REASONING = ModelCard(
    "sonar-reasoning-pro",
    0,
    "hydrophone",
    price=Price(input_usd=2, output_usd=8, low_usd=6),
    thinks_aloud=True,
)
WHALES = SearchResult(
    "https://a.example/whales",
    "Whales",
    "Whales sing for hours.",
    "web",
    published=datetime(2026, 3, 1, 9, tzinfo=UTC),
    modified=datetime(2026, 4, 2, 9, tzinfo=UTC),
)
BOATS = SearchResult("https://b.example/boats", "Boots–Lärm", "Boats hum “loudly” 🚤.", "web")
FILE = SearchResult("attachment:notes.pdf", "notes.pdf", "Own notes.", "attachment")
FOUND = Sources((Source(1, WHALES), Source(2, BOATS), Source(3, FILE)), complete=True)
PROOF = Citation(
    1, "7", Span(0, 12), SourceSpan("0" * 64, 10, 22), "Whales sing.", "exact", score=0.5
)
SEARCHED: Sequence[ScriptItem] = (
    Step("search-1", "web_search", queries=("whale song", "boat noise")),
    StepResult("search-1", hits=(WHALES, BOATS)),
    Step("read-2", "fetch_url", thought="Reading what was found.", urls=(WHALES.url,)),
    StepResult("read-2", pages=(WHALES.url,)),
    FOUND,
)
SAID: Sequence[ScriptItem] = (
    Text("Whales sing. [1]"),
    PROOF,
    Text(" Boats hum. [2]\n\n“Ja”\u2028\0"),
)
USED = Usage(
    prompt_tokens=20, completion_tokens=11, search_queries=2, citation_tokens=30, pages_read=1
)
END = Finished("stop", USED)
PICTURES = Media(
    (
        Image("https://a.example/1.png", WHALES.url, "A whale", 640, 480),
        Image("https://b.example/2.jpg", BOATS.url),
    ),
    (Video("https://a.example/v", "https://a.example/v.jpg", 320, 180, 12.5),),
)
LATE = Media((Image("https://b.example/3.webp", BOATS.url, "A boat", 10, 20),))


@dataclass(frozen=True)
class Capture:
    """One stream: what is asked, of which model, and what the answerer does."""

    script: Sequence[ScriptItem]
    mode: Literal["full", "concise"] = "full"
    card: ModelCard = SONAR
    search: SearchOptions = field(default_factory=SearchOptions)
    extras: Extras = field(default_factory=Extras)
    pro: bool = False
    repeats_results: bool = False

    @property
    def question(self) -> Question:
        """What is asked."""
        turns = (Turn("user", (TextPart("Do whales sing?"),)),)
        return Question(turns, self.card.id, search=self.search, extras=self.extras)


class _Searcher:
    """The script, behind an answerer that says whether it searches in several rounds."""

    def __init__(self, capture: Capture) -> None:
        self._script = ScriptedAnswerer(capture.script)
        self._pro = capture.pro

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        context.meter.pro_search = self._pro
        context.meter.add(prompt_tokens=USED.prompt_tokens)
        return self._script.answer(question, context)


async def stream_of(capture: Capture) -> bytes:
    """The body of the stream as the server writes it."""
    context = RequestContext(request_id="0f8e-id", clock=lambda: 1_790_000_000.5)
    question = capture.question
    head = head_of(question, context, capture.card, repeats_results=capture.repeats_results)
    mode = ConciseChunks if capture.mode == "concise" else FullChunks
    answer = _Searcher(capture).answer(question, context)
    written: list[bytes] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        written.append(message.get("body", b""))

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("nobody goes away")

    await EventStream(answer, mode(head, context.meter))({"type": "http"}, receive, send)
    return b"".join(written)


_CALLS: Sequence[ScriptItem] = (
    Sources(complete=True),
    ToolCallDelta(0, id="call-1", name="weather", arguments='{"in":'),
    ToolCallDelta(0, arguments='"Oslo"}'),
    ToolCallDelta(1, id="call-2", name="time", arguments="{}"),
    Finished("tool_calls", Usage(prompt_tokens=20, completion_tokens=6)),
)
_THOUGHTS: Sequence[ScriptItem] = (
    Thinking("I look for “whales”."),
    *SEARCHED,
    Thinking(" Two pages are of use."),
    *SAID,
    END,
)
_FAILING: Sequence[ScriptItem] = (*SEARCHED, SAID[0], UpstreamError("the model is gone"))
_NOTHING: Sequence[ScriptItem] = (
    Notice("no_search", "Nothing was searched."),
    Sources(complete=True),
    Text("No."),
    Finished("length", Usage(prompt_tokens=20, completion_tokens=1)),
)
_ILLUSTRATED: Sequence[ScriptItem] = (
    *SEARCHED[:2],
    PICTURES,
    Related(("Do boats hum?",)),
    FOUND,
    *SAID,
    LATE,
    Related(("Why do whales sing?",)),
    END,
)
_PLAIN: Sequence[ScriptItem] = (*SEARCHED, *SAID, END)
_ALL_EXTRAS = Extras(images=True, videos=True, related=True)
_PRO = SearchOptions(depth="pro")
_CHOSEN: Sequence[ScriptItem] = (
    Step("understand-0", "understand", thought="The question has two parts."),
    *_PLAIN,
)

CAPTURES: Mapping[str, Capture] = {
    "full": Capture(_PLAIN),
    "full-reasoning": Capture(_THOUGHTS, card=REASONING),
    "full-thoughts-beside": Capture(_THOUGHTS),
    "full-pro-search": Capture(_PLAIN, card=SONAR_PRO, search=_PRO, pro=True),
    "full-tool-calls": Capture(_CALLS),
    "full-error": Capture(_FAILING),
    "full-no-sources": Capture(_NOTHING),
    "full-images-and-related": Capture(_ILLUSTRATED, extras=_ALL_EXTRAS),
    "full-repeated-results": Capture(_PLAIN, repeats_results=True),
    "concise": Capture(_PLAIN, "concise"),
    "concise-reasoning": Capture(_THOUGHTS, "concise", REASONING),
    "concise-pro-search": Capture(
        _CHOSEN, "concise", SONAR_PRO, SearchOptions(depth="auto"), pro=True
    ),
    "concise-tool-calls": Capture(_CALLS, "concise"),
    "concise-error": Capture(_FAILING, "concise"),
    "concise-no-sources": Capture(_NOTHING, "concise"),
    "concise-images-and-related": Capture(_ILLUSTRATED, "concise", extras=_ALL_EXTRAS),
}


def main() -> None:
    """Write the captures."""
    FOLDER.mkdir(exist_ok=True)
    for name, capture in CAPTURES.items():
        (FOLDER / f"{name}.sse").write_bytes(asyncio.run(stream_of(capture)))


if __name__ == "__main__":
    main()
