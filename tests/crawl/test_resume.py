"""A crawl that is killed at any moment and started again ends as if nothing had happened."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.crawl.crawling import Crawling
from tests.crawl.site import Site, words_about

ROOT = Path(__file__).parents[2]
PAGES = 150
KILLS = 5


def make_pages(site: Site) -> None:
    """A few hundred pages with duplicates, redirects, canonical links and broken ones."""
    dice = random.Random(7)
    numbers = range(PAGES)
    for number in numbers:
        links = [f"/p{n}" for n in dice.sample(numbers, 4)] + [f"/p{number + 1}"]
        links += [f"/r{number}", f"/copy{number % 20}", f"/c{number}"]
        site.page(f"/p{number}", *links)
        site.redirect(f"/r{number}", f"/p{(number * 7) % PAGES}")
        head = f'<link rel="canonical" href="/p{number}">'
        site.page(f"/c{number}", head=head)
    for number in range(20):
        text = words_about(f"copy {number % 5}")
        site.page(f"/copy{number}", text=text, title=f"Copy {number % 5}")
    site.page("/", "/p0")


async def start(folder: Path, root: str) -> asyncio.subprocess.Process:
    """A crawl in a process group of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crawl.test_resume", str(folder), root),
        cwd=ROOT,
        start_new_session=True,
    )


def recorded(folder: Path) -> dict[str, str]:
    """The state of every URL of which something has become."""
    if not (folder / "index.db").exists():
        return {}
    with closing(sqlite3.connect(folder / "index.db")) as connection:
        try:
            rows = connection.execute("SELECT url, state FROM frontier WHERE fresh = 0").fetchall()
        except sqlite3.OperationalError:
            return {}
    return dict(rows)


async def until_recorded(folder: Path, count: int, process: asyncio.subprocess.Process) -> None:
    """Wait until so many URLs are recorded, or the process has ended."""
    # Another process makes the news.
    while len(recorded(folder)) < count and process.returncode is None:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def documents(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "index.db")) as connection:
        return connection.execute("SELECT url, version FROM documents ORDER BY url").fetchall()


@pytest.mark.timeout(120)
async def test_kills_change_nothing(tmp_path: Path, site: Site) -> None:
    make_pages(site)
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    process = await start(whole, site.root)
    assert await process.wait() == 0
    assert 150 < len(documents(whole)) < 170
    site.requests.clear()
    dice = random.Random(11)
    known: dict[str, str] = {}
    asked_before: Counter[str] = Counter()
    for _ in range(KILLS):
        process = await start(torn, site.root)
        await until_recorded(torn, len(known) + 20, process)
        await asyncio.sleep(dice.random() * 0.1)
        assert process.returncode is None, "it ended before it could be killed"
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await asyncio.sleep(0.1)  # what was just asked for may still arrive
        asked = site.times()
        assert [p for p in asked - asked_before if site.url(p) in known] == []
        known, asked_before = recorded(torn), asked
    process = await start(torn, site.root)
    assert await process.wait() == 0
    assert [p for p in site.times() - asked_before if site.url(p) in known] == []
    assert documents(torn) == documents(whole)
    assert recorded(torn) == recorded(whole)


async def _crawl(folder: Path, root: str) -> None:
    async with Crawling.open(folder, Site()) as crawling:
        await crawling.crawl(root)


if __name__ == "__main__":
    asyncio.run(_crawl(Path(sys.argv[1]), sys.argv[2]))
