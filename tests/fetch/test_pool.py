"""The pool with real processes."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from hydrophone.errors import DocumentError, InternalError
from hydrophone.fetch.extract.document import extract_document, extract_page
from hydrophone.fetch.pool import ExtractionPool, _Worker

_URL = "https://sea.example/whales.md"
_BODY = b"---\ndate: 2024-02-03\n---\n# Whales\n\nThey sing in the \xf0\x9f\x8c\x8a all day."
# So many paragraphs are ten seconds of work for the extractors.
_SLOW = b"<html>" + b"<p>Whales sing in the deep blue sea all day long.</p>" * 60_000


async def _busy_worker(pool: ExtractionPool) -> _Worker:
    for _ in range(1_000):
        if pool._busy:
            break
        await asyncio.sleep(0.01)
    (worker,) = pool._busy
    return worker


def _pids(pool: ExtractionPool) -> list[int]:
    return [worker._process.pid for worker in pool._idle]


async def test_document_comes_back_as_if_read_here() -> None:
    async with ExtractionPool(workers=1) as pool:
        document = await pool.extract(_BODY, _URL, media_type="text/markdown")
    assert document == extract_document(_BODY, _URL, media_type="text/markdown")
    assert document.headings[0].text == "Whales"
    assert document.published is not None


async def test_page_comes_back_as_if_read_here() -> None:
    body = b"""<html><head><meta name="robots" content="nofollow"><link rel="canonical" href="/w">
    <link rel="alternate" type="application/rss+xml" href="/feed"></head><body><h1>Whales</h1>
    <p>They sing all day.</p><a rel="ugc" href="/seals">Seals</a></body></html>"""
    async with ExtractionPool(workers=1) as pool:
        page = await pool.read_page(body, "https://sea.example/", media_type="text/html")
        assert page == extract_page(body, "https://sea.example/", media_type="text/html")
        assert page.document is not None
        assert page.links[0].nofollow
        assert (page.nofollow, page.noindex) == (True, False)
        hidden = await pool.read_page(body, "https://sea.example/", robots_tag="a: x, b: noindex")
        assert not hidden.noindex
        hidden = await pool.read_page(
            body, "https://sea.example/", robots_tag="a: x, b: noindex", agent="b"
        )
        assert (hidden.noindex, hidden.document, len(hidden.links)) == (True, None, 1)
        with pytest.raises(DocumentError, match="PNG"):
            await pool.read_page(b"\x89PNG\r\n\x1a\n", "https://sea.example/")


async def test_document_error_comes_back_and_the_process_goes_on() -> None:
    async with ExtractionPool(workers=1) as pool:
        with pytest.raises(DocumentError, match="PNG"):
            await pool.extract(b"\x89PNG\r\n\x1a\n", _URL)
        before = _pids(pool)
        assert (await pool.extract(_BODY, _URL)).title == "Whales"
        assert _pids(pool) == before


async def test_processes_start_only_when_needed_and_never_more_than_allowed() -> None:
    async with ExtractionPool(workers=2) as pool:
        assert _pids(pool) == []
        await pool.extract(_BODY, _URL)
        await pool.extract(_BODY, _URL)
        assert len(_pids(pool)) == 1
        documents = await asyncio.gather(*(pool.extract(_BODY, f"u:{n}.md") for n in range(12)))
        assert [document.url for document in documents] == [f"u:{n}.md" for n in range(12)]
        assert len(_pids(pool)) == 2


async def test_slow_document_is_killed_and_the_others_are_not() -> None:
    async with ExtractionPool(workers=2, deadline_s=1.5) as pool:
        slow = asyncio.create_task(pool.extract(_SLOW, "https://sea.example/deep.html"))
        others = [await pool.extract(_BODY, _URL) for _ in range(20)]
        assert len(others) == 20
        with pytest.raises(DocumentError, match=r"within 1\.5 s"):
            await slow
        assert (await pool.extract(_BODY, _URL)).title == "Whales"


async def test_crash_is_the_end_of_one_document_only() -> None:
    async with ExtractionPool(workers=1) as pool:
        task = asyncio.create_task(pool.extract(_SLOW, "https://sea.example/deep.html"))
        worker = await _busy_worker(pool)
        os.kill(worker._process.pid, signal.SIGSEGV)
        with pytest.raises(DocumentError, match="crashed"):
            await task
        assert (await pool.extract(_BODY, _URL)).title == "Whales"


async def test_process_that_died_while_idle_is_replaced() -> None:
    async with ExtractionPool(workers=1) as pool:
        await pool.extract(_BODY, _URL)
        (worker,) = pool._idle
        worker._process.kill()
        await worker._process.wait()
        assert (await pool.extract(_BODY, _URL)).title == "Whales"


async def test_cancelled_caller_stops_the_work() -> None:
    async with ExtractionPool(workers=1) as pool:
        task = asyncio.create_task(pool.extract(_SLOW, "https://sea.example/deep.html"))
        worker = await _busy_worker(pool)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert worker._process.returncode is not None
        assert (await pool.extract(_BODY, _URL)).title == "Whales"


async def test_close_leaves_no_process_behind() -> None:
    pool = ExtractionPool(workers=2)
    task = asyncio.create_task(pool.extract(_SLOW, "https://sea.example/deep.html"))
    await _busy_worker(pool)
    await pool.extract(_BODY, _URL)
    workers = [*pool._busy, *pool._idle]
    assert len(workers) == 2
    await pool.close()
    assert all(worker._process.returncode is not None for worker in workers)
    with pytest.raises(DocumentError):
        await task
    with pytest.raises(InternalError, match="closed"):
        await pool.extract(_BODY, _URL)


async def test_close_ends_a_process_that_is_just_starting() -> None:
    pool = ExtractionPool(workers=1)
    task = asyncio.create_task(pool.extract(_BODY, _URL))
    await asyncio.sleep(0)
    await pool.close()
    with pytest.raises(InternalError, match="closed"):
        await task
    assert not pool._busy
    assert not pool._idle


async def test_processes_get_no_keys_from_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from hydrophone.fetch.pool import _environment

    monkeypatch.setenv("HYDROPHONE_MODEL_KEY", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert "secret" not in _environment().values()


async def test_memory_of_a_process_is_bounded() -> None:
    async with ExtractionPool(workers=1, memory_bytes=300 * 1024 * 1024) as pool:
        with pytest.raises(DocumentError):
            await pool.extract(b"word \n" * 60_000_000, "u:big.txt")
        assert (await pool.extract(_BODY, _URL)).title == "Whales"
