"""Stages that are late are left out of the answer, named, and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from hydrophone.engine.limits.timely import TimelySearcher
from hydrophone.engine.quote import QuoteWriter
from hydrophone.llm.base import RerankerKind
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import OutputOptions, RegexFormat, RequestContext, SearchOptions
from tests.engine.material import asked, source, write

FOREVER = 3600.0


class Never:
    """A searcher and a reranker that never come to an end by themselves."""

    model = "never"
    kind: RerankerKind = "cross-encoder"

    def __init__(self) -> None:
        self.left = 0

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        await self._wait()
        return SearchOutcome(())

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        await self._wait()
        return []

    async def _wait(self) -> None:
        try:
            await asyncio.sleep(FOREVER)
        except asyncio.CancelledError:
            self.left += 1
            raise


async def test_a_late_search_finds_nothing_says_so_and_is_stopped() -> None:
    never = Never()
    found = await TimelySearcher(never, 0.01).search(["x"], SearchOptions(), RequestContext())
    assert found.results == ()
    assert [notice.kind for notice in found.notices] == ["late_stage"]
    assert never.left == 1


async def test_a_late_reranker_leaves_the_choice_to_the_words_and_is_stopped() -> None:
    never = Never()
    writer = QuoteWriter(never, WordCounter(), rank_deadline_s=0.5)
    sea = source(1, "Blue whales sing below forty hertz. Boats are loud.")
    written = await write(writer, asked("How low do blue whales sing?"), [sea])
    assert written.text == "Blue whales sing below forty hertz. [1]"
    assert written.notices == ["late_stage"]
    assert never.left == 1


async def test_a_late_reranker_holds_up_no_answer_by_a_pattern_either() -> None:
    never = Never()
    writer = QuoteWriter(never, WordCounter(), rank_deadline_s=0.5)
    sea = source(1, "Blue whales sing below 40 hertz. Boats are loud.")
    question = asked("How low do blue whales sing?")
    wanted = replace(question, output=OutputOptions(format=RegexFormat(r"\d+ hertz")))
    written = await write(writer, wanted, [sea])
    assert written.text == "40 hertz"
    assert written.notices == ["late_stage"]
    assert never.left == 1
