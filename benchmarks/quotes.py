"""How good quoted answers are: the answer in the text, the right page cited, and honest silence.

    python benchmarks/quotes.py --data FOLDER             the figures of docs/quality.md
    python benchmarks/quotes.py --data FOLDER --calibrate the thresholds, by cross-validation

FOLDER holds `passages.jsonl.gz` (`_id`, `title`, `text`) and `questions.jsonl.gz` (`question`,
`answers`, `passage_id`), as made from SQuAD 1.1 (CC BY-SA 4.0). The questions are asked over HTTP
of a server with no language model. Three sets of questions never mix: the first 300 are answered
and measured; 200 others are asked after their gold passages were deleted; 400 further ones choose
the threshold.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import math
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from hydrophone.app import Rooms, open_rooms
from hydrophone.engine.choose import THRESHOLDS, choose
from hydrophone.engine.profile import Profile
from hydrophone.settings import load_settings
from hydrophone.types import RequestContext, SearchOptions, SearchResult, Source
from served import Served, machine, serving

MEASURED, DELETED, CALIBRATING = 300, 200, 400
FOLDS = 5
WRONG_SILENCE_WANTED = 0.10
CONCURRENT = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its gold answers and the URL of its gold passage."""

    text: str
    answers: tuple[str, ...]
    gold_url: str


@dataclass(frozen=True, slots=True)
class Share:
    """k of n, with Wilson's 95 % interval."""

    k: int
    n: int

    @property
    def share(self) -> float:
        return self.k / self.n

    def interval(self, z: float = 1.96) -> tuple[float, float]:
        middle = (self.share + z * z / (2 * self.n)) / (1 + z * z / self.n)
        spread = z * math.sqrt(
            self.share * (1 - self.share) / self.n + z * z / (4 * self.n * self.n)
        )
        spread /= 1 + z * z / self.n
        return max(0.0, middle - spread), min(1.0, middle + spread)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.share:6.1%}  ({self.k} of {self.n}; 95 % interval {low:.1%} to {high:.1%})"


def url_of(passage_id: str) -> str:
    """A URL that is no beginning of another passage's."""
    return f"https://squad.example/{passage_id.replace('#', '/')}/"


def read(folder: Path) -> tuple[list[dict[str, Any]], list[Asked]]:
    """The passages as JSON lines for `hydrophone add`, and all questions."""
    with gzip.open(folder / "passages.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    passages = [{"url": url_of(r["_id"]), "title": r["title"], "text": r["text"]} for r in rows]
    with gzip.open(folder / "questions.jsonl.gz", "rt", encoding="utf-8") as lines:
        raw = [json.loads(line) for line in lines]
    questions = [Asked(q["question"], tuple(q["answers"]), url_of(q["passage_id"])) for q in raw]
    return passages, questions


def split(questions: Sequence[Asked]) -> tuple[list[Asked], list[Asked], list[Asked]]:
    """Measured, deleted and calibrating questions; no passage is gold in two of the sets."""
    measured = list(questions[:MEASURED])
    taken = {one.gold_url for one in measured}
    rest = [one for one in questions[MEASURED:] if one.gold_url not in taken]
    random.Random(7).shuffle(rest)
    deleted = rest[:DELETED]
    taken |= {one.gold_url for one in deleted}
    calibrating = [one for one in rest[DELETED:] if one.gold_url not in taken][:CALIBRATING]
    return measured, deleted, calibrating


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether the text contains an answer, case and white space apart."""
    plain = " ".join(text.casefold().split())
    return any(" ".join(answer.casefold().split()) in plain for answer in answers)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    text: str
    cited_urls: frozenset[str]
    silent: bool
    seconds: float


async def ask(served: Served, session: aiohttp.ClientSession, question: str) -> Answer:
    """One question, not streamed."""
    body = {"model": "default", "messages": [{"role": "user", "content": question}]}
    started = asyncio.get_running_loop().time()
    async with session.post(f"{served.url}/v1/chat/completions", json=body) as response:
        response.raise_for_status()
        answer = await response.json()
    message = answer["choices"][0]["message"]
    return Answer(
        text=message["content"],
        cited_urls=frozenset(
            note["url_citation"]["url"] for note in message.get("annotations", ())
        ),
        silent=any(n["type"] == "not_in_sources" for n in answer.get("notices", ())),
        seconds=asyncio.get_running_loop().time() - started,
    )


async def ask_all(served: Served, questions: Sequence[Asked]) -> list[Answer]:
    """All questions, two at a time."""
    places = asyncio.Semaphore(CONCURRENT)
    async with aiohttp.ClientSession() as session:

        async def one(question: Asked) -> Answer:
            async with places:
                return await ask(served, session, question.text)

        return list(await asyncio.gather(*(one(question) for question in questions)))


async def measure(data_dir: Path, questions: Sequence[Asked]) -> dict[str, Share]:
    """Answer the measured questions, delete gold passages, ask the others."""
    measured, deleted, _ = split(questions)
    async with serving(data_dir) as served:
        answers = await ask_all(served, measured)
        async with open_rooms(load_settings(data_dir=data_dir, web_search=False)) as rooms:
            library = await rooms.library()
            for url in {one.gold_url for one in deleted}:
                if await library.delete(url_prefix=url) != 1:
                    raise RuntimeError(f"{url} was not there to delete")
        silent = [answer.silent for answer in await ask_all(served, deleted)]
    pairs = list(zip(measured, answers, strict=True))
    return {
        "gold answer in the text": Share(
            sum(holds(a.text, q.answers) for q, a in pairs), len(pairs)
        ),
        "… and not called silent": Share(
            sum(holds(a.text, q.answers) and not a.silent for q, a in pairs), len(pairs)
        ),
        "gold passage cited": Share(sum(q.gold_url in a.cited_urls for q, a in pairs), len(pairs)),
        "silent though answerable": Share(sum(a.silent for a in answers), len(answers)),
        "silent after deletion": Share(sum(silent), len(silent)),
    }


async def confidences(rooms: Rooms, question: Asked) -> tuple[float, float]:
    """The writer's confidence with the gold passage among the sources, and without it."""
    searcher, reranker = await rooms.searcher(), (await rooms.models()).reranker
    profile = Profile()
    options = SearchOptions(max_results=profile.results + 1)
    found = await searcher.search([question.text], options, RequestContext())
    without = [result for result in found.results if result.url != question.gold_url]

    async def of(results: Sequence[SearchResult]) -> float:
        sources = [Source(n, one) for n, one in enumerate(results[: profile.results], start=1)]
        limits = THRESHOLDS[reranker.kind]
        return (await choose(question.text, sources, profile, reranker, limits)).confidence

    return await of(found.results), await of(without)


async def calibrate(data_dir: Path, questions: Sequence[Asked]) -> dict[str, Any]:
    """The threshold on the calibrating questions, and what it gives by cross-validation."""
    _, _, calibrating = split(questions)
    async with open_rooms(load_settings(data_dir=data_dir, web_search=False)) as rooms:
        pairs = [await confidences(rooms, question) for question in calibrating]
    order = list(range(len(pairs)))
    random.Random(11).shuffle(order)
    wrong = right = 0
    for fold in range(FOLDS):
        held_out = set(order[fold::FOLDS])
        limit = threshold([pairs[i][0] for i in order if i not in held_out])
        wrong += sum(pairs[i][0] < limit for i in held_out)
        right += sum(pairs[i][1] < limit for i in held_out)
    return {
        "threshold": round(threshold([with_gold for with_gold, _ in pairs]), 2),
        "silent though answerable": Share(wrong, len(pairs)),
        "silent without the gold passage": Share(right, len(pairs)),
    }


def threshold(answerable: Sequence[float]) -> float:
    """The confidence below which the wanted share of answerable questions lies."""
    ordered = sorted(answerable)
    return ordered[round(WRONG_SILENCE_WANTED * len(ordered))]


async def main() -> None:
    """Index the passages, then measure or calibrate."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--keep", type=Path, help="Keep the index here, and use it when it is there."
    )
    options = parser.parse_args()
    passages, questions = read(options.data)
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = options.keep or Path(scratch)
        await index(data_dir, passages)
        work = calibrate if options.calibrate else measure
        figures = await work(data_dir, questions)
    show(figures, as_json=options.json)


async def index(data_dir: Path, passages: Sequence[dict[str, Any]]) -> None:
    """Add the passages as JSON lines, by the command that users have."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lines = data_dir / "passages.jsonl"
    lines.write_text("\n".join(json.dumps(passage) for passage in passages), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hydrophone", "add", str(lines), "--collection", "squad"),
        env=Served.environment(data_dir),
    )
    if await process.wait() != 0:
        raise RuntimeError("adding the passages failed")


def show(figures: dict[str, Any], *, as_json: bool) -> None:
    """A line a figure, or JSON."""
    if as_json:
        plain = {
            name: {"share": f.share, "k": f.k, "n": f.n, "interval": f.interval()}
            if isinstance(f, Share)
            else f
            for name, f in figures.items()
        }
        print(json.dumps({"machine": machine(), "figures": plain}))
        return
    print(machine())
    for name, figure in figures.items():
        print(f"{name:32} {figure}")


if __name__ == "__main__":
    asyncio.run(main())
