"""What the engine does around an answer of the official API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from hydrophone.app.official.around import AroundOfficial
from hydrophone.app.official.proofs import proven
from hydrophone.engine.checking.base import Checker, Claim, Judgement
from hydrophone.engine.checking.support import SupportChecker
from hydrophone.errors import UpstreamError
from hydrophone.llm.overlap import WordOverlap
from hydrophone.types import (
    Citation,
    Extras,
    ImageFilter,
    Media,
    OutputOptions,
    Question,
    Related,
    Revision,
    SearchResult,
    Secret,
    Source,
    SourceSpan,
    Span,
    ask,
)
from hydrophone.upstream.answerer import OfficialAnswerer
from hydrophone.upstream.client import OfficialApi
from hydrophone.upstream.signatures import Signatures
from hydrophone.upstream.target import target_of
from tests.emulators.agent_api import KEY, AgentApi, Run, Search, result
from tests.upstream.conftest import QUICK, Answered, answered

SEARCH = Search(("q",), (result(1), result(2)))
PLAIN = ask("Do whales sing?", model="sonar")


@asynccontextmanager
async def around(
    *runs: Run, checker: Checker | None = None
) -> AsyncIterator[tuple[AroundOfficial, AgentApi]]:
    async with AgentApi(*runs) as server:
        api = OfficialApi(server.url, Secret(KEY), limits=QUICK)
        answerer = OfficialAnswerer(api, target_of("fast"), Signatures(), deadline_s=10)
        yield AroundOfficial(answerer, api, checker), server
        await api.close()


async def shaped(question: Question, *runs: Run, checker: Checker | None = None) -> Answered:
    async with around(*runs, checker=checker) as (answerer, _):
        return await answered(answerer, question)


def output(**options: Any) -> Question:
    return replace(PLAIN, output=OutputOptions(**options))


@pytest.mark.parametrize("pieces", [1, 3, 40])
async def test_a_stop_sequence_cuts_the_text_and_what_it_cites(pieces: int) -> None:
    run = Run("Whales sing [1]. END They dive [2].", searches=[SEARCH], pieces=pieces)
    got = await shaped(output(stop=("END",)), run)
    assert got.text == "Whales sing [1]. "
    assert [one.n for one in got.citations] == [1]
    assert got.finished.reason == "stop"
    assert got.finished.usage.prompt_tokens == 1200


async def test_marks_become_links() -> None:
    run = Run("Whales sing [1]. They dive [2].", searches=[SEARCH], pieces=9)
    got = await shaped(output(citation_style="markdown"), run)
    assert got.text.startswith("Whales sing [1](https://site1.example/page).")
    spans = [one.answer_span for one in got.of(Citation) if isinstance(one, Citation)]
    assert all(span is not None and span.end <= len(got.text) for span in spans)


async def test_marks_go() -> None:
    run = Run("Whales sing [1]. They dive [2].", searches=[SEARCH], pieces=9)
    assert (await shaped(output(citation_style="clean"), run)).text == "Whales sing. They dive."


async def test_a_revision_keeps_stops_and_style() -> None:
    run = Run("Whales sing [1]. END They dive.", searches=[SEARCH], pieces=8, garbled=10)
    got = await shaped(output(stop=("END",)), run)
    assert got.of(Revision)
    assert got.text == "Whales sing [1]. "


async def test_images_keep_the_filters() -> None:
    images = [
        {"image_url": f"https://a.example/{n}.{kind}", "origin_url": "https://a.example/"}
        for n, kind in enumerate(["png", "jpg", "png", "png"])
    ]
    extras = Extras(images=True, image_filter=ImageFilter(formats=("png",)), most_images=2)
    got = await shaped(replace(PLAIN, extras=extras), Run(images=images))
    [media] = got.of(Media)
    assert isinstance(media, Media)
    assert [image.url for image in media.images] == [
        "https://a.example/0.png",
        "https://a.example/2.png",
    ]
    assert not (await shaped(PLAIN, Run(images=images))).of(Media)


async def test_related_questions_are_asked_of_a_small_model_and_charged() -> None:
    asked = replace(PLAIN, extras=Extras(related=True))
    lines = "- How deep do whales dive?\n- Which whale is the loudest?"
    async with around(Run(searches=[SEARCH]), Run(lines, streamed=False)) as (answerer, server):
        got = await answered(answerer, asked)
        assert server.body["model"] == "perplexity/sonar"
        assert "tools" not in server.body
        assert "Do whales sing?" in str(server.body["input"])
    [related] = got.of(Related)
    assert related == Related(("How deep do whales dive?", "Which whale is the loudest?"))
    assert got.finished.charged is not None
    assert got.finished.charged.total_usd == pytest.approx(2 * 0.0135)
    assert got.finished.usage.prompt_tokens == 2 * 1200


async def test_an_answer_goes_out_when_nobody_thinks_of_related_questions() -> None:
    asked = replace(PLAIN, extras=Extras(related=True))
    broken = Run(status=400, error={"error": {"message": "no", "type": "invalid_request"}})
    got = await shaped(asked, Run(searches=[SEARCH]), broken)
    assert got.finished.reason == "stop"
    assert got.text


SAID = "The blue whale sings below forty hertz."
PROOF = Search(
    ("q",),
    (
        result(1, snippet=f"Whales are mammals. {SAID} Boats disturb them."),
        result(2, snippet="Cats are small animals that live with people in houses."),
    ),
)
CLAIMS = Run(f"{SAID[:-1]} [1]. Cats swim through the deep sea at night [2].", searches=[PROOF])


class Hanging:
    """A checker that never comes to an end, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def check(self, claim: Claim, sources: Sequence[Source]) -> Judgement:
        if self._error is not None:
            raise self._error
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


async def test_citations_are_compared_with_the_excerpts() -> None:
    got = await shaped(PLAIN, CLAIMS, checker=SupportChecker(WordOverlap()))
    assert [one.n for one in got.citations] == [1, 2]
    proof, open_one = got.citations
    assert proof.verdict in ("exact", "supported")
    assert proof.quote == SAID
    assert proof.score is not None
    [source, _] = got.sources
    [passage] = source.result.passages
    span = proof.source_span
    assert (span.version, passage.text[span.start : span.end]) == (passage.version, SAID)
    assert open_one.verdict == "exists"


async def test_what_the_other_side_has_checked_is_left_as_it_is() -> None:
    annotation = {
        "url": "https://site1.example/page",
        "start_index": 0,
        "end_index": len(SAID) + 3,
        "quote": "Boats disturb them.",
        "verdict": "unsupported",
    }
    run = replace(CLAIMS, annotations=[annotation])
    [citation] = (await shaped(PLAIN, run, checker=SupportChecker(WordOverlap()))).citations
    assert (citation.quote, citation.verdict) == ("Boats disturb them.", "unsupported")


async def test_an_answer_goes_out_when_the_check_fails() -> None:
    got = await shaped(PLAIN, CLAIMS, checker=Hanging(UpstreamError("gone")))
    assert [one.verdict for one in got.citations] == ["exists", "exists"]
    assert got.finished.reason == "stop"


async def test_a_check_that_hangs_is_not_waited_for() -> None:
    sources = [Source(1, SearchResult("https://a.example/", "", ""))]
    citation = Citation(1, "p", Span(0, 4), SourceSpan("v", 0, 1), "q", "exists")
    found = await proven("Text", [citation], sources, Hanging(), deadline_s=0.05)
    assert found == [citation]
