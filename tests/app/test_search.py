"""Which search providers the settings call for."""

from __future__ import annotations

import importlib.util
from contextlib import AsyncExitStack
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from hydrophone.app import open_rooms
from hydrophone.app.search import SearchStats, open_providers, why_no_web_search
from hydrophone.settings import Settings, load_settings

SCHOLARLY = ["arxiv", "crossref", "openalex"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no variables of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HYDROPHONE_{name.upper()}", raising=False)


async def names(**settings: object) -> list[str]:
    async with AsyncExitStack() as stack:
        return [one.name for one in open_providers(load_settings(**settings), stack)]


async def test_without_a_setting_what_needs_no_key_is_there() -> None:
    assert await names() == ["arxiv", "crossref", "ddgs", "openalex"]


async def test_metasearch_alone_can_be_switched_off() -> None:
    assert await names(metasearch=False) == SCHOLARLY


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("brave_api_key", "brave"),
        ("tavily_api_key", "tavily"),
        ("exa_api_key", "exa"),
        ("serper_api_key", "serper"),
        ("edgar_user_agent", "edgar"),
        ("searxng_url", "searxng"),
    ],
)
async def test_each_setting_brings_its_provider(setting: str, name: str) -> None:
    value = {"searxng_url": "http://127.0.0.1:1", "edgar_user_agent": "Ann ann@example.com"}
    given = {setting: value.get(setting, "hush")}
    assert await names(metasearch=False, **given) == sorted([*SCHOLARLY, name])


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"offline": True}, "off by HYDROPHONE_OFFLINE"),
        ({"web_search": False}, "off by HYDROPHONE_WEB_SEARCH=0"),
    ],
)
async def test_the_web_can_be_switched_off(settings: dict[str, bool], why: str) -> None:
    assert await names(**settings, brave_api_key="hush") == []
    assert why_no_web_search(load_settings(**settings)) == why


async def test_without_what_it_takes_the_web_is_not_searched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find = importlib.util.find_spec

    def without_aiohttp(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "aiohttp" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_aiohttp)
    assert await names() == []
    assert "hydrophone[web]" in (why_no_web_search(load_settings()) or "")
    async with open_rooms(load_settings(data_dir=tmp_path)) as rooms:
        assert await rooms.pages() is None


async def test_the_figures_open_the_providers_once() -> None:
    async with AsyncExitStack() as stack:
        providers = open_providers(load_settings(), stack)
        opened = 0

        async def give() -> object:
            nonlocal opened
            opened += 1
            return providers

        states = await SearchStats(give).providers()  # type: ignore[arg-type]
        assert [state.name for state in states] == [one.name for one in providers]
        assert {state.state for state in states} == {"untried"}
        assert opened == 1


async def test_no_key_is_ever_printed() -> None:
    async with AsyncExitStack() as stack:
        settings = load_settings(brave_api_key="hush-hush", exa_api_key="hush-hush")
        providers = open_providers(settings, stack)
        assert "hush-hush" not in repr(settings) + repr(providers)
        assert "hush-hush" not in repr([vars(one) for one in providers])
