"""Which passages of a page that was read to hand to the writer: methods, beside each other.

    python benchmarks/pages.py --data FOLDER [--questions 150]

FOLDER as for `quotes.py`. A page is made of a passage and the 29 that share most words with it, in
random order, so that it is about one thing. For each question the page around the passage with its
answer and four others are "read", and the best passages of each are chosen. Counted: how often the
answer stands in the chosen passages of its page, how often the default writer quotes it, and the
milliseconds that choosing took.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hydrophone.app import open_rooms
from hydrophone.engine.choose import THRESHOLDS, choose
from hydrophone.engine.profile import Profile
from hydrophone.llm.base import Embedder, Reranker
from hydrophone.llm.overlap import stems
from hydrophone.search.passages import best_passages
from hydrophone.settings import load_settings
from hydrophone.types import Document, Passage, SearchResult, Source
from quotes import Asked, Share, read
from served import machine

OTHERS = 4
PASSAGES = 30
Choosing = Callable[[str, Sequence[Document]], Awaitable[list[tuple[Passage, ...]]]]


class Encyclopedia:
    """Pages made of passages that go together."""

    def __init__(self, passages: Sequence[dict[str, str]]) -> None:
        self._passages = passages
        self._words = [frozenset(stems(passage["text"])) for passage in passages]
        self._number = {passage["url"]: n for n, passage in enumerate(passages)}

    def page(self, url: str, chance: random.Random) -> Document:
        """The page around the passage of this URL."""
        middle = self._words[self._number[url]]
        shared = [len(middle & words) / (1 + len(middle | words)) for words in self._words]
        near = sorted(range(len(shared)), key=lambda n: -shared[n])[:PASSAGES]
        texts = [self._passages[n]["text"] for n in chance.sample(near, len(near))]
        return Document(url, "", "\n\n".join(texts))

    def any_page(self, chance: random.Random) -> Document:
        """A page around any passage."""
        return self.page(chance.choice(self._passages)["url"], chance)


def by_words(a_page: int) -> Choosing:
    """BM25 alone."""

    async def choosing(query: str, pages: Sequence[Document]) -> list[tuple[Passage, ...]]:
        return await asyncio.to_thread(best_passages, query, pages, a_page=a_page)

    return choosing


def by_vectors(embedder: Embedder, a_page: int, candidates: int) -> Choosing:
    """BM25 chooses candidates of each page, vectors order them."""

    async def choosing(query: str, pages: Sequence[Document]) -> list[tuple[Passage, ...]]:
        some = await asyncio.to_thread(best_passages, query, pages, a_page=candidates)
        flat = [passage for passages in some for passage in passages]
        wanted = await embedder.embed_query(query)
        vectors = await embedder.embed_passages([passage.text for passage in flat])
        near = dict(zip((id(one) for one in flat), (vectors @ wanted).tolist(), strict=True))
        return [tuple(sorted(p, key=lambda one: -near[id(one)])[:a_page]) for p in some]

    return choosing


def by_cross_encoder(reranker: Reranker, a_page: int, candidates: int) -> Choosing:
    """BM25 chooses candidates over all pages, the cross-encoder orders them."""

    async def choosing(query: str, pages: Sequence[Document]) -> list[tuple[Passage, ...]]:
        some = await asyncio.to_thread(best_passages, query, pages, a_page=8)
        flat = sorted((p for passages in some for p in passages), key=lambda one: -one.score)
        flat = flat[:candidates]
        scores = await reranker.score(query, [passage.text for passage in flat])
        score = {id(one): value for one, value in zip(flat, scores, strict=True)}
        kept = [[one for one in passages if id(one) in score] for passages in some]
        return [tuple(sorted(p, key=lambda one: -score[id(one)])[:a_page]) for p in kept]

    return choosing


async def main(folder: Path, count: int) -> None:
    """Print one line a method."""
    passages, questions = read(folder)
    chance = random.Random(11)
    asked = chance.sample(questions, count)
    encyclopedia = Encyclopedia(passages)
    read_pages = [
        [encyclopedia.page(question.gold_url, chance)]
        + [encyclopedia.any_page(chance) for _ in range(OTHERS)]
        for question in asked
    ]
    sizes = [len(page.text) for pages in read_pages for page in pages]
    print(f"{machine()}; {count} questions, {OTHERS + 1} pages each of "
          f"{sum(sizes) // len(sizes):,} characters")  # fmt: skip
    async with open_rooms(load_settings()) as rooms:
        models = await rooms.models()
        assert models.embedder is not None
        methods: dict[str, Choosing] = {
            "words, 2 a page": by_words(2),
            "words, 3 a page": by_words(3),
            "words, 4 a page": by_words(4),
            "words, 6 a page": by_words(6),
            "vectors over 6, 3 a page": by_vectors(models.embedder, 3, 6),
            "cross-encoder over 12, 3 a page": by_cross_encoder(models.reranker, 3, 12),
        }
        for name, method in methods.items():
            await _measure(name, method, asked, read_pages, models.reranker)


async def _measure(
    name: str,
    method: Choosing,
    asked: Sequence[Asked],
    read_pages: Sequence[Sequence[Document]],
    reranker: Reranker,
) -> None:
    counts: Counter[str] = Counter()
    times_ms = []
    for question, pages in zip(asked, read_pages, strict=True):
        began = time.perf_counter()
        chosen = await method(question.text, pages)
        times_ms.append(1000 * (time.perf_counter() - began))
        counts["passages"] += _holds(question, "\n".join(one.text for one in chosen[0]))
        results = [
            SearchResult(page.url, page.title, "", "web", passages=passages)
            for page, passages in zip(pages, chosen, strict=True)
        ]
        # The search knew which page fits best only by and large: its rank says nothing here.
        random.Random(question.text).shuffle(results)
        sources = [Source(n, result) for n, result in enumerate(results, start=1)]
        thresholds = replace(THRESHOLDS[reranker.kind], answer=float("-inf"))
        choice = await choose(question.text, sources, Profile(), reranker, thresholds)
        counts["quoted"] += _holds(question, "\n".join(one.text for one in choice.sentences))
    times_ms.sort()
    middle, worst = times_ms[len(times_ms) // 2], times_ms[int(len(times_ms) * 0.95)]
    print(f"{name:34} in the passages {Share(counts['passages'], len(asked))}")
    print(f"{'':34} quoted          {Share(counts['quoted'], len(asked))}")
    print(f"{'':34} {middle:.0f} ms, p95 {worst:.0f} ms", flush=True)


def _holds(question: Asked, text: str) -> bool:
    return any(answer.casefold() in text.casefold() for answer in question.answers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=150)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.data, arguments.questions))
