"""What is kept of an answer's sources: what it cites, from where, and what is never kept."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hydrophone.app.cited import CitingAnswerer, Shelf
from hydrophone.errors import NotFound
from hydrophone.index.memory import MemoryIndex
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.search.pages import Pages
from hydrophone.storage.kept.keeper import PageKeeper
from hydrophone.storage.state import State, open_state
from hydrophone.types import (
    Citation,
    Document,
    Event,
    Finished,
    Passage,
    Principal,
    Question,
    RequestContext,
    Revision,
    SearchOptions,
    SearchResult,
    Source,
    SourceKind,
    Sources,
    SourceSpan,
    StepResult,
    Text,
    Usage,
    ask,
)

ADA = Principal("key", "ada")
TEXT = "Whales sing under water. " * 40
FINISHED = Finished("stop", Usage())


def version_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def source(n: int, text: str, *, kind: SourceKind = "web", cut: int = 0) -> Source:
    passage = Passage(str(n), text[cut:], version_of(text), cut, len(text))
    url = f"https://{n}.example/"
    return Source(n, SearchResult(url, f"Page {n}", "", kind=kind, passages=(passage,)))


def citation(n: int, text: str) -> Citation:
    return Citation(n, str(n), None, SourceSpan(version_of(text), 0, 6), text[:6], "exact")


class Web:
    """Reads pages that hold TEXT and their address."""

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        return Document(url, url, page_text(url))


def page_text(url: str) -> str:
    return f"{TEXT}{url}"


@dataclass
class Resuming(ScriptedAnswerer):
    """A script that can be gone on with by another one."""

    script: Sequence[ScriptItem]
    behind: Sequence[ScriptItem] = ()
    report: bool = False
    questions: list[Question] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.script)

    def resumes(self, question: Question) -> bool:
        return self.report

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        return ScriptedAnswerer([Sources(complete=True), *self.behind]).answer(question, context)


@dataclass
class House:
    """A shelf over a real database, an index in memory and a web."""

    shelf: Shelf
    index: MemoryIndex
    pages: Pages

    async def answered(self, engine: Resuming, question: Question | None = None) -> list[Event]:
        """The events of an answer to Ada; what it cites is on disk."""
        citing = CitingAnswerer(engine, self.pages, self.shelf)
        context = RequestContext(ADA)
        async with citing.answer(question or ask("q"), context) as events:
            found = [event async for event in events]
        await self.shelf.written()
        return found

    async def kept(self, text: str) -> bool:
        try:
            return (await self.shelf.page(version_of(text), ADA)).text == text
        except NotFound:
            return False


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    opened = await open_state(tmp_path / "state.db")
    yield opened
    await opened.close()


@pytest.fixture
async def house(state: State) -> AsyncIterator[House]:
    index = MemoryIndex()

    async def opened() -> MemoryIndex:
        return index

    shelf = Shelf(PageKeeper(state, keep_days=30), opened, keep_days=30)
    yield House(shelf, index, Pages(Web()))
    await shelf.close()


def read_page(n: int) -> str:
    return page_text(f"https://{n}.example/")


async def test_a_cited_page_is_kept_and_one_that_is_not_cited_is_not(house: House) -> None:
    for n in (1, 2):
        await house.pages.read(f"https://{n}.example/")
    sources = Sources((source(1, read_page(1), cut=50), source(2, read_page(2))), complete=True)
    script = [sources, Text("Whales [1]"), citation(1, read_page(1)), FINISHED]
    assert await house.answered(Resuming(script)) == script
    assert await house.kept(read_page(1))
    assert not await house.kept(read_page(2))


async def test_a_page_that_memory_has_dropped_since_it_was_read_is_kept(house: House) -> None:
    await house.pages.read("https://1.example/")
    script = [
        StepResult("read-1", pages=("https://1.example/",)),
        0.05,
        Sources((source(1, read_page(1), cut=50),), complete=True),
        citation(1, read_page(1)),
        FINISHED,
    ]
    citing = CitingAnswerer(Resuming(script), house.pages, house.shelf)
    async with citing.answer(ask("q"), RequestContext(ADA)) as events:
        await anext(events)
        house.pages._recent._entries.clear()
        assert [type(event) async for event in events][-1] is Finished
    await house.shelf.written()
    assert await house.kept(read_page(1))


async def test_an_excerpt_is_its_own_page(house: House) -> None:
    excerpt = "What a search engine said of it."
    sources = Sources((source(1, excerpt, kind="academic"),), complete=True)
    await house.answered(Resuming([sources, citation(1, excerpt), FINISHED]))
    assert await house.kept(excerpt)


async def test_what_a_revision_cites_is_kept(house: House) -> None:
    sources = Sources((source(1, "One."), source(2, "Two.")), complete=True)
    revision = Revision("Two. [2]", (citation(2, "Two."),))
    await house.answered(Resuming([sources, Text("x"), revision, FINISHED]))
    assert await house.kept("Two.")


async def test_attachments_and_unknown_numbers_are_not_kept(house: House) -> None:
    sources = Sources((source(1, "Private.", kind="attachment"),), complete=True)
    script = [sources, citation(1, "Private."), citation(9, "Nowhere."), FINISHED]
    await house.answered(Resuming(script))
    assert not await house.kept("Private.")
    assert not await house.kept("Nowhere.")


async def test_an_own_document_stays_in_the_index(house: House) -> None:
    document = Document("https://1.example/", "Own", "Own text.")
    await house.index.put([document], collection="c")
    sources = Sources((source(1, "Own text.", kind="own"),), complete=True)
    await house.answered(Resuming([sources, citation(1, "Own text."), FINISHED]))
    for number in range(5):
        await house.index.put([replace(document, text=f"{number}")], collection="c")
    assert await house.kept("Own text.")
    await house.index.delete(collection="c")
    assert not await house.kept("Own text.")


async def test_own_documents_are_not_for_those_who_bring_a_session(house: House) -> None:
    await house.index.put([Document("https://1.example/", "Own", "Own text.")], collection="c")
    assert await house.kept("Own text.")
    with pytest.raises(NotFound):
        await house.shelf.page(version_of("Own text."), Principal("session", "s"))


@pytest.mark.parametrize("version", ["", "x", "0" * 63, "A" * 64, "٣" * 64, "0" * 64])
async def test_what_is_no_version_is_not_found(house: House, version: str) -> None:
    with pytest.raises(NotFound):
        await house.shelf.page(version, ADA)


async def test_a_report_keeps_its_sources_before_they_go_out(house: House) -> None:
    sources = Sources((source(1, "One."), source(2, "Two.")), complete=True)
    engine = Resuming([sources, Text("x"), FINISHED], report=True)
    citing = CitingAnswerer(engine, house.pages, house.shelf)
    async with citing.answer(ask("q"), RequestContext(ADA)) as events:
        assert await anext(events) == sources
        assert await house.kept("One.")
        assert await house.kept("Two.")


async def test_a_report_that_goes_on_cites_what_was_kept_before(house: House) -> None:
    sources = Sources((source(1, "One."),), complete=True)
    engine = Resuming([sources], behind=[citation(1, "One."), FINISHED], report=True)
    await house.answered(engine)
    citing = CitingAnswerer(engine, house.pages, house.shelf)
    async with citing.resume(ask("q"), RequestContext(ADA), (sources,)) as events:
        assert [event async for event in events][-1] == FINISHED
    await house.shelf.written()
    assert await house.kept("One.")


async def test_an_answer_without_a_search_passes_untouched(house: House) -> None:
    engine = Resuming([Sources(complete=True), Text("x"), FINISHED])
    citing = CitingAnswerer(engine, house.pages, house.shelf)
    asked = replace(ask("q"), search=SearchOptions(enabled=False))
    context = RequestContext(ADA)
    opened = citing.answer(asked, context)
    assert type(opened) is type(engine.answer(asked, context))
    async with opened as events:
        assert [event async for event in events][-1] == FINISHED
