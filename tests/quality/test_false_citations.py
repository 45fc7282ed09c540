"""Two thousand answers of a model that cites what is not there: no such number reaches a reader.

Each answer is made of sentences of real pages, cited at random: rightly, falsely, and by numbers
that no source has, in every form that models write markers in. Half of the answers are streamed,
cut at random places, the other half are asked for whole.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from hydrophone.engine.checking.support import SupportChecker
from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.write import ModelWriter
from hydrophone.engine.writing.release import Checking
from hydrophone.index.sentences import split_sentences
from hydrophone.llm.base import ModelDelta
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.scripted import ScriptedChatModel
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Citation,
    Failed,
    Passage,
    RequestContext,
    SearchOptions,
    SearchResult,
    Text,
    ask,
)

SQUAD = Path(__file__).parent / "squad" / "passages.jsonl.gz"
SOURCES = 5
FORMS = (
    " [{n}]",
    "[{n}]",
    " [{n}, {m}]",
    " [{n}][{m}]",
    " 【{n}】",
    "【{n}†L1-L9】",
    " [{n}-{m}]",
    " [^{n}]",
    " [source {n}]",
    " [Sources: {n}, {m}]",
    " [[{n}]]",
    " [ {n} ]",
)
# Whatever looks like a marker to a reader, whether or not our own code would take it for one.
LOOKS_CITED = re.compile(r"[\[【][^\]】\n]{0,20}?\d[^\]】\n]*[\]】]")


def passages() -> list[str]:
    with gzip.open(SQUAD, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


class Finds:
    """A searcher that finds these."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._results = tuple(
            SearchResult(
                f"https://a.example/{n}",
                f"Page {n}",
                text[:80],
                passages=(Passage(f"p{n}", text, f"v{n}", 0, len(text)),),
            )
            for n, text in enumerate(texts, start=1)
        )

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        return SearchOutcome(self._results)


def falsely_cited(texts: Sequence[str], chance: random.Random) -> str:
    said = []
    for _ in range(4):
        text = chance.choice(texts)
        span = chance.choice(split_sentences(text))
        sentence = re.sub(r"[\[\]【】`]", "", text[span.start : span.end])
        form = "".join(chance.choices(FORMS, k=chance.choice((0, 1, 1, 2))))
        marker = form.format(n=chance.randint(1, 40), m=chance.randint(1, 40))
        stop = sentence[-1:] if sentence[-1:] in ".!?" else ""
        inside = chance.random() < 0.5
        said.append(sentence.removesuffix(stop) + marker + stop if inside else sentence + marker)
    return chance.choice((" ", "\n\n", "\n- ")).join(said)


async def delivered(
    texts: Sequence[str], written: str, chance: random.Random, *, whole: bool
) -> tuple[str, list[Citation]]:
    cuts = sorted(chance.randint(0, len(written)) for _ in range(0 if whole else 60))
    borders = zip([0, *cuts], [*cuts, len(written)], strict=True)
    script = [ModelDelta(text=written[start:end]) for start, end in borders if end > start]
    model = ScriptedChatModel([*script, ModelDelta(finish_reason="stop")])
    checking = Checking(SupportChecker(WordOverlap()))
    writer = ModelWriter(model, WordCounter(), deadline_s=30, checking=checking)
    engine = Engine(Finds(texts), writer, Profile(chat_model="tiny"), deadline_s=30)
    text, citations = "", []
    question = ask("What do the sources say?")
    async with engine.answer(question, RequestContext(whole=whole)) as events:
        async for event in events:
            assert not isinstance(event, Failed), event
            text += event.delta if isinstance(event, Text) else ""
            citations += [event] if isinstance(event, Citation) else []
    return text, citations


async def check(pairs: int, seed: int) -> None:
    chance, all_texts = random.Random(seed), passages()
    shown = 0
    for _ in range(pairs):
        texts = chance.sample(all_texts, SOURCES)
        written = falsely_cited(texts, chance)
        streamed = await delivered(texts, written, chance, whole=False)
        assert streamed == await delivered(texts, written, chance, whole=True)
        text, citations = streamed
        for marker in LOOKS_CITED.findall(text):
            numbers = [int(number) for number in re.findall(r"\d+", marker)]
            shown += len(numbers)
            assert all(1 <= number <= SOURCES for number in numbers), (marker, written)
        for one in citations:
            start, end = one.source_span.start, one.source_span.end
            assert texts[one.n - 1][start:end] == one.quote
    assert shown > pairs


async def test_no_number_without_a_source_is_delivered_in_two_hundred_answers() -> None:
    await check(100, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_number_without_a_source_is_delivered_in_two_thousand_answers() -> None:
    await check(1_000, seed=2)
