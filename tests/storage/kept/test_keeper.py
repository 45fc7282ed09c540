"""The keeper of cited pages: soon on disk, found before that, forgotten in time."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hydrophone.errors import StorageError
from hydrophone.storage.kept.keeper import MOST_WAITING, Handed, PageKeeper
from hydrophone.storage.kept.pages import CitedPage
from hydrophone.storage.state import State, open_state
from hydrophone.storage.state_tables import CITED_PAGES, PAGE_TEXTS
from hydrophone.types import Principal

ADA, BOB = Principal("key", "ada"), Principal("key", "bob")
DAY_MS = 24 * 3600 * 1000
URL = "https://a.example/"


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    opened = await open_state(tmp_path / "state.db")
    yield opened
    await opened.close()


def version_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def handed(
    text: str,
    *,
    to: Principal = ADA,
    url: str = URL,
    at_ms: int = DAY_MS,
    others: tuple[str, ...] = (),
) -> Handed:
    page = CitedPage(version_of(text), to, url, "A page", at_ms - 1000, at_ms)
    return Handed(page, [*others, text])


async def count(state: State) -> tuple[int, int]:
    """Texts, and citations of them."""
    async with state.reading() as connection:
        texts = await connection.execute(select(func.count()).select_from(PAGE_TEXTS))
        cited = await connection.execute(select(func.count()).select_from(CITED_PAGES))
        return texts.scalar_one(), cited.scalar_one()


@pytest.mark.parametrize("text", ["", "a", "ä\r\n\u2028🚢\x00", "long " * 100_000])
async def test_a_page_comes_back_as_it_was_before_and_after_it_is_written(
    state: State, text: str
) -> None:
    keeper = PageKeeper(state, keep_days=30)
    keeper.keep(handed(text, others=("another text of the same address",)))
    at_once = await keeper.page(version_of(text), ADA)
    await keeper.written()
    later = await keeper.page(version_of(text), ADA)
    assert at_once == later
    assert later is not None
    assert (later.text, later.url, later.title) == (text, URL, "A page")
    assert later.read_at == datetime(1970, 1, 1, 23, 59, 59, tzinfo=UTC)


async def test_another_caller_has_no_such_page_until_it_is_cited_to_him(state: State) -> None:
    keeper = PageKeeper(state, keep_days=30)
    keeper.keep(handed("text"))
    assert await keeper.page(version_of("text"), BOB) is None
    await keeper.written()
    assert await keeper.page(version_of("text"), BOB) is None
    keeper.keep(handed("text", to=BOB, url="https://b.example/"))
    await keeper.written()
    found = await keeper.page(version_of("text"), BOB)
    assert found is not None
    assert found.url == "https://b.example/"
    assert await count(state) == (1, 2)


async def test_what_was_cited_lately_is_not_written_again(state: State) -> None:
    keeper = PageKeeper(state, keep_days=30)
    keeper.keep(handed("text", url="https://first.example/"))
    await keeper.written()
    keeper.keep(handed("text", url="https://second.example/", at_ms=DAY_MS + 1))
    await keeper.written()
    page = await keeper.page(version_of("text"), ADA)
    assert page is not None
    assert page.url == "https://first.example/"


async def test_a_citation_after_a_while_keeps_the_page_longer(state: State) -> None:
    now = [0.0]
    keeper = PageKeeper(state, keep_days=30, clock=lambda: now[0])
    for day in (1, 20):
        keeper.keep(handed("text", at_ms=day * DAY_MS))
        await keeper.written()
    keeper.keep(handed("old", at_ms=DAY_MS))
    await keeper.written()
    now[0] = 40 * DAY_MS / 1000
    await keeper._purge()
    assert await keeper.page(version_of("text"), ADA) is not None
    assert await keeper.page(version_of("old"), ADA) is None
    assert await count(state) == (1, 1)
    now[0] = 51 * DAY_MS / 1000
    await keeper._purge()
    assert await count(state) == (0, 0)


async def test_a_page_whose_text_is_not_at_hand_is_not_kept_and_others_are(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = PageKeeper(state, keep_days=30)
    keeper.keep(Handed(handed("gone").page, ["another text"]))
    keeper.keep(handed("here"))
    await keeper.written()
    assert await keeper.page(version_of("gone"), ADA) is None
    assert await keeper.page(version_of("here"), ADA) is not None
    assert "its text is not at hand" in caplog.text


async def test_many_pages_at_once_are_all_written(state: State) -> None:
    keeper = PageKeeper(state, keep_days=30)
    for number in range(100):
        keeper.keep(handed(f"text {number}"))
    await keeper.close()
    assert await count(state) == (100, 100)


async def test_what_comes_too_fast_is_not_kept_and_it_is_said(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = PageKeeper(state, keep_days=30)
    for number in range(MOST_WAITING + 1):
        keeper.keep(handed(f"{number}"))
    await keeper.close()
    assert await count(state) == (MOST_WAITING, MOST_WAITING)
    assert caplog.text.count("one is not kept") == 1


async def test_a_database_that_fails_is_tried_again_and_then_told(
    state: State, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hydrophone.storage.kept.keeper.PAUSE_S", 0.0)
    keeper = PageKeeper(state, keep_days=30)
    await state.close()
    state.path.unlink()
    state.path.mkdir()
    keeper.keep(handed("text"))
    await keeper.written()
    assert "could not be kept" in caplog.text
    with pytest.raises(StorageError):
        await keeper.page(version_of("text"), ADA)
