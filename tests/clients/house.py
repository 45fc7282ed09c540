"""What stands behind the server that other people's clients visit: real gate, real keys.

The engine quotes a small web. Beside it stand language models (`local/...`) whose replies are
given, and scripted answers (`scripted/...`) for what no small web brings about.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.gate import Gate
from hydrophone.accounts.gatekeeper import Gatekeeper
from hydrophone.accounts.keys import KeyStore
from hydrophone.accounts.ledger import Ledger
from hydrophone.accounts.modes import decide_mode
from hydrophone.accounts.search_gate import SearchGate
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.catalog import Catalog
from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.engine.write import ModelWriter
from hydrophone.errors import RateLimited, UpstreamError
from hydrophone.index.memory import MemoryIndex
from hydrophone.llm.openai import OpenAIModel
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import Answerer, House, ModelCard, Models, Preset, Searcher
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.search.snippets.searcher import SnippetSearcher
from hydrophone.storage.state import open_state
from hydrophone.types import (
    Document,
    Event,
    Finished,
    Image,
    ImageRef,
    Media,
    Question,
    Related,
    RequestContext,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    Usage,
    Video,
)
from tests.api.serving import PRICE, SCRIPT
from tests.emulators.openai_model import Call, ModelServer, Reply

URL = "https://sea.example/whales"
SENTENCE = "The blue whale sings below forty hertz."
QUESTION = "Does the blue whale sing below forty hertz?"
ANSWER = f"{SENTENCE} [1]"
TEXT = f"Whales are mammals of the sea. {SENTENCE} Boats disturb whales by their noise."
ONE_PAGE = (Document(URL, "Whales", TEXT),)

GOV_URL = "https://www.ocean.gov/survey/blue-whale"
NEWS_URL = "https://news.example/2025/blue-whale"
FRENCH_URL = "https://mer.example/baleine"
IMAGE_URL = "https://sea.example/blue-whale.png"
SMALL_WEB = (
    Document(
        URL,
        "Whales",
        TEXT,
        language="en",
        published=datetime(2024, 6, 1, tzinfo=UTC),
        modified=datetime(2024, 8, 15, tzinfo=UTC),
        images=(ImageRef(IMAGE_URL, "A blue whale that sings"),),
    ),
    Document(
        GOV_URL,
        "Survey",
        "In 2019 a survey counted the blue whale off the coast. It was paid for by the state.",
        language="en",
        published=datetime(2019, 3, 5, tzinfo=UTC),
        modified=datetime(2020, 1, 1, tzinfo=UTC),
    ),
    Document(
        NEWS_URL,
        "News",
        "A blue whale was seen near the harbour in March. Many people came to look at it.",
        language="en",
        published=datetime(2025, 3, 20, tzinfo=UTC),
    ),
    Document(
        FRENCH_URL,
        "Baleine",
        "La baleine bleue (blue whale) chante sous quarante hertz. Elle vit en mer.",
        language="fr",
        published=datetime(2023, 10, 10, tzinfo=UTC),
    ),
)

# A schema's answer as the language model gives it, and a question that asks for it.
FACTS = '{"animal": "blue whale", "hertz": 40}'
FACTS_MADE = {"animal": "blue whale", "hertz": 40}
FENCED_FACTS = 'Sure!\n```json\n{"animal": "blue whale", "hertz": "40"}\n```'
MODEL = "local/tiny"
# Language models that write around the JSON, and that write none.
FENCED = "local/fenced"
PROSE = "local/prose"
CALLER = "local/caller"
CALL = Call("call_1", "depth", '{"animal": "blue whale"}')
# What is written when the function has told its result; source 7 is not there.
DEEP = "The blue whale sings below forty hertz [1]. It dives to 315 m [7]."

SOURCE = Source(
    1,
    SearchResult(URL, "Whales", SENTENCE, kind="web", published=datetime(2024, 6, 1, tzinfo=UTC)),
)
RELATED = ("How deep do whales dive?", "Which whale is loudest?")
RICH_TEXT = "The blue whale sings below forty hertz. [1]"
PICTURE = Image(IMAGE_URL, URL, "A blue whale", 640, 480)
FILM = Video("https://sea.example/song.mp4", "https://sea.example/song.png", 320, 180, 61.5)
USED = Usage(prompt_tokens=30, completion_tokens=12, search_queries=2, citation_tokens=40)
# Longer than the pings before an answer are apart, shorter than twice that.
SILENCE_S = 11.0
LIMITED_ONCE = "scripted/limited-once"
SCRIPTS: Mapping[str, Sequence[ScriptItem]] = {
    "scripted/rich": (
        Step("s", "web_search", "Look for the song", queries=("blue whale song",)),
        StepResult("s", hits=(SOURCE.result,)),
        Media((PICTURE,), (FILM,)),
        Related(RELATED),
        Sources((SOURCE,), complete=True),
        Text("The blue whale "),
        Text("sings below forty hertz. [1]"),
        Finished("stop", USED),
    ),
    "scripted/short": (Sources(complete=True), Text("Cut"), Finished("length", USED)),
    "scripted/silent": (SILENCE_S, *SCRIPT),
    "scripted/limited": (RateLimited("too many requests", retry_after_s=0.01),),
    # Every second time, which is what a client's retry meets.
    LIMITED_ONCE: SCRIPT,
    "scripted/broken": (Sources(complete=True), Text("Whales "), UpstreamError("gone")),
}
# Questions that are answered by a script, whatever the model: one longer than any client waits, one
# in steps that a client sees one by one.
HELD_QUESTION, SLOW_QUESTION = "Hold the line until I leave.", "Take your time."
_LOOKING = Step("s", "web_search", "Look for it", queries=("whales",))
HELD_SCRIPT: Sequence[ScriptItem] = (_LOOKING, 60.0, *SCRIPT)
SLOW_SCRIPT: Sequence[ScriptItem] = (
    *(_LOOKING, 0.3, StepResult("s", hits=(SOURCE.result,)), Sources((SOURCE,), complete=True)),
    *(0.3, Text(RICH_TEXT), 0.3, Finished("stop", USED)),
)


class Desk:
    """An answerer and its models: scripts by their names, a catalog for all others."""

    def __init__(
        self,
        catalogs: Mapping[str, Catalog],
        rest: Catalog,
        by_question: Mapping[str, ScriptedAnswerer],
    ) -> None:
        self._catalogs = catalogs
        self._rest = rest
        self._by_question = by_question
        self._limits = cycle((True, False))

    def cards(self) -> Sequence[ModelCard]:
        """Those of the engine."""
        return self._rest.cards()

    def card(self, model: str) -> ModelCard:
        """The one with this id. Raises InvalidModel."""
        if model in SCRIPTS:
            return ModelCard(model, 1_790_000_000, "hydrophone", price=PRICE)
        return self._catalogs.get(model, self._rest).card(model)

    def preset(self, name: str) -> Preset:
        """Those of the catalog."""
        return self._rest.preset(name)

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """By the question's script, or else the script or the catalog that the model names."""
        if question.last_user_text in self._by_question:
            return self._by_question[question.last_user_text].answer(question, context)
        if question.model in SCRIPTS:
            name = question.model
            if name == LIMITED_ONCE and next(self._limits):
                name = "scripted/limited"
            return ScriptedAnswerer(SCRIPTS[name]).answer(question, context)
        return self._catalogs.get(question.model, self._rest).answer(question, context)


async def one_page_house(
    stack: AsyncExitStack, folder: Path, *, with_keys: bool
) -> tuple[House, str]:
    """A house whose engine quotes one page, and the key that it asks for."""
    index = await _index(ONE_PAGE)
    catalog = _quoting(OwnIndexSearcher(index, None))
    return await _house(stack, folder, catalog, catalog, index, with_keys=with_keys)


async def whole_house(
    stack: AsyncExitStack, folder: Path, held: ScriptedAnswerer | None = None
) -> tuple[House, str]:
    """A house with the small web, a language model and the scripted answers; it wants a key.

    `held` answers HELD_QUESTION.
    """
    index = await _index(SMALL_WEB)
    searcher = OwnIndexSearcher(index, None)
    asked = {
        MODEL: await _asking(stack, searcher, "tiny", Reply(FACTS)),
        FENCED: await _asking(stack, searcher, "fenced", Reply(FENCED_FACTS)),
        PROSE: await _asking(stack, searcher, "prose", Reply("Whales are large.")),
        CALLER: await _asking(stack, searcher, "caller", choose=_call_then_tell),
    }
    by_question = {
        HELD_QUESTION: held or ScriptedAnswerer(HELD_SCRIPT),
        SLOW_QUESTION: ScriptedAnswerer(SLOW_SCRIPT),
    }
    desk = Desk(asked, _quoting(searcher), by_question)
    return await _house(stack, folder, desk, desk, index, with_keys=True)


async def _index(documents: Sequence[Document]) -> MemoryIndex:
    index = MemoryIndex()
    await index.put(documents, collection="sea")
    return index


def _search_service(index: MemoryIndex, ledger: Ledger) -> Searcher:
    snippets = SnippetSearcher(
        OwnIndexSearcher(index, None),
        WordCounter(),
        text_of=index.text,
        pages=None,
        read_deadline_s=5,
        deadline_s=30,
    )
    return SearchGate(snippets, ledger)


def _quoting(searcher: OwnIndexSearcher) -> Catalog:
    def engine(profile: Profile) -> Answerer:
        kind = QuotedReport if profile.kind == "report" else QuoteWriter
        writer = kind(WordOverlap(), WordCounter())
        return Engine(searcher, writer, profile, deadline_s=30)

    return Catalog(engine)


def _call_then_tell(body: Any) -> Reply:
    """A call of a function, until its result has come."""
    if any(message["role"] == "tool" for message in body["messages"]):
        return Reply(DEEP)
    return Reply("", calls=[CALL], finish_reason="tool_calls")


async def _asking(
    stack: AsyncExitStack,
    searcher: OwnIndexSearcher,
    model: str,
    *replies: Reply,
    choose: Callable[[Any], Reply] | None = None,
) -> Catalog:
    """The engine with a language model that always replies the same, or what it is asked for."""
    emulated = await stack.enter_async_context(ModelServer(*replies, choose=choose))
    endpoint = OpenAIModel(emulated.url)
    stack.push_async_callback(endpoint.close)

    def engine(profile: Profile) -> Answerer:
        writer = ModelWriter(endpoint, WordCounter(), deadline_s=30)
        return Engine(searcher, writer, profile, deadline_s=30)

    return Catalog(engine, chat_model=model)


async def _house(
    stack: AsyncExitStack,
    folder: Path,
    answerer: Answerer,
    models: Models,
    index: MemoryIndex,
    *,
    with_keys: bool,
) -> tuple[House, str]:
    state = await open_state(folder / "state.db")
    stack.push_async_callback(state.close)
    ledger = DurableLedger(state)
    stack.push_async_callback(ledger.close)
    keys = KeyStore(state)
    await keys.refresh()
    key = (await keys.create("tests")).key.reveal() if with_keys else "any text will do"
    keeper = Gatekeeper(decide_mode("127.0.0.1", keys.has_keys, session=False), keys, StaticKeys())
    return House(Gate(answerer, ledger), keeper, models, _search_service(index, ledger)), key
