"""Fifty questions over a crawled web: how often the right page is among those that are cited.

    python benchmarks/webquestions.py                the figures of docs/quality.md
    python benchmarks/webquestions.py --keep FOLDER  keep the index there, use it when it is there
    python benchmarks/webquestions.py --show         also what was asked and what was cited

Nine of Debian's manuals stand on an nginx (`miniweb.py`), seven whole, of two the pages of some
chapters. `hydrophone crawl` reads them, all their passages get vectors, and the questions of
`miniweb_questions.jsonl` are asked over HTTP of a server with no language model. They were written
from the pages before anything had answered them; where a second page answers one just as well, it
counts too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

import miniweb
from miniweb import SITES, MiniWeb, Site
from quotes import Answer, Share, ask
from served import Served, machine, serving

QUESTIONS = Path(__file__).with_name("miniweb_questions.jsonl")
WANTED = 0.90
COLLECTION = "web"
# Hosts that are read in part, and the beginnings of the paths that are read.
PARTS: dict[str, tuple[str, ...]] = {
    "postgres.test": (
        *("/tutorial", "/ddl", "/app-", "/auth-", "/backup", "/routine", "/reference-client"),
        *("/client-authentication", "/maintenance"),
    ),
    "sqlite.test": (
        *("/docs.html", "/lang", "/wal.html", "/limits.html", "/autoinc.html", "/faq.html"),
        *("/whentouse.html", "/foreignkeys.html", "/datatype3.html", "/isolation.html"),
        *("/atomiccommit.html", "/partialindex.html", "/withoutrowid.html", "/howtocorrupt.html"),
        *("/nulls.html", "/quirks.html", "/tempfiles.html", "/useovernet.html", "/backup.html"),
    ),
}
WHOLE = ("faq", "maint", "devref", "reference", "policy", "gobject", "git")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the pages that answer it, as host and path."""

    text: str
    pages: frozenset[str]


def read_questions() -> list[Asked]:
    """All of them."""
    with QUESTIONS.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Asked(row["question"], frozenset(row["pages"])) for row in rows]


def sites() -> list[Site]:
    """The hosts that the questions are about."""
    names = {*PARTS, *(f"{name}.test" for name in WHOLE)}
    return [site for site in SITES if site.name in names]


def crawl_arguments(web: MiniWeb, chosen: Sequence[Site]) -> list[str]:
    """Seeds, and which pages of the hosts that are read in part."""
    found = [web.url(site.name, seed) for site in chosen for seed in site.seeds]
    for site in chosen:
        for beginning in PARTS.get(site.name, ("/",)):
            found += ["--include", f"{web.url(site.name, beginning)}*"]
    return [*found, "--collection", COLLECTION, "--delay", "0"]


async def crawl(data_dir: Path, chosen: Sequence[Site]) -> None:
    """Crawl the hosts by the command that users have, and wait for the vectors."""
    with tempfile.TemporaryDirectory() as made:
        servers = await asyncio.to_thread(miniweb.servers, chosen)
        with miniweb.running(servers, Path(made)) as web:
            command = web.command("hydrophone", "crawl", *crawl_arguments(web, chosen))
            process = await asyncio.create_subprocess_exec(
                *command,
                env=Served.environment(data_dir, {"HYDROPHONE_ALLOW_LOOPBACK": "1"}),
                stdout=sys.stderr,
            )
            # 1: some pages could not be read; whether the right ones were is looked at next.
            if await process.wait() not in (0, 1):
                raise RuntimeError("the crawl failed")


def indexed(data_dir: Path) -> tuple[set[str], int]:
    """The pages in the index, as host and path, and how many passages they have."""
    with closing(sqlite3.connect(data_dir / "index.db")) as database:
        urls = [row[0] for row in database.execute("SELECT url FROM documents")]
        passages = database.execute("SELECT count(*) FROM passages").fetchone()[0]
    return {place(url) for url in urls}, int(passages)


def place(url: str) -> str:
    """Host and path: the port is another one in each run."""
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"


async def ask_all(data_dir: Path, questions: Sequence[Asked]) -> list[Answer]:
    """One after the other, of a server over this index alone."""
    async with (
        serving(data_dir, {"HYDROPHONE_OFFLINE": "1"}) as served,
        aiohttp.ClientSession() as session,
    ):
        return [await ask(served, session, question.text) for question in questions]


def is_cited(question: Asked, answer: Answer) -> bool:
    """Whether a quoted sentence is from a right page."""
    return any(place(url) in question.pages for url in answer.cited_urls)


def figures(questions: Sequence[Asked], answers: Sequence[Answer]) -> dict[str, Share]:
    """What the page about quality says."""
    pairs = list(zip(questions, answers, strict=True))
    cited = [is_cited(question, answer) for question, answer in pairs]
    loud = [right and not answer.silent for right, answer in zip(cited, answers, strict=True)]
    return {
        "a right page is cited": Share(sum(cited), len(pairs)),
        "… and it was not called silent": Share(sum(loud), len(pairs)),
        "silent": Share(sum(answer.silent for answer in answers), len(answers)),
    }


def tell(questions: Sequence[Asked], answers: Sequence[Answer]) -> None:
    """Every question with what was cited."""
    for question, answer in zip(questions, answers, strict=True):
        mark = "ok  " if is_cited(question, answer) else "MISS"
        said = "silent, " if answer.silent else ""
        cited = ", ".join(sorted(place(url) for url in answer.cited_urls))
        print(f"{mark} {question.text}\n     {said}cited: {cited}")


async def measure(data_dir: Path, options: argparse.Namespace) -> None:
    """Crawl where nothing is there, ask, and print."""
    questions = read_questions()
    if not (data_dir / "index.db").exists():
        await crawl(data_dir, sites())
    pages, passages = indexed(data_dir)
    unread = [question.text for question in questions if not question.pages & pages]
    if unread:
        raise RuntimeError(f"the crawl did not bring the pages for: {unread}")
    answers = await ask_all(data_dir, questions)
    found = figures(questions, answers)
    if options.show:
        tell(questions, answers)
    if options.json:
        shares = {name: {"k": one.k, "n": one.n} for name, one in found.items()}
        told = {"machine": machine(), "pages": len(pages), "passages": passages, **shares}
        print(json.dumps(told))
        return
    print(f"{machine()}\n{len(pages):,} pages, {passages:,} passages")
    for name, share in found.items():
        print(f"{name:32} {share}")
    right = found["a right page is cited"].share
    print(f"wanted: {WANTED:.0%} ({'reached' if right >= WANTED else 'MISSED'})")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, help="the folder of the index")
    parser.add_argument("--show", action="store_true", help="print every question")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    lacking = miniweb.missing()
    if lacking is not None:
        sys.exit(lacking)
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = options.keep or Path(scratch)
        data_dir.mkdir(parents=True, exist_ok=True)
        asyncio.run(measure(data_dir, options))


if __name__ == "__main__":
    main()
