"""A whole house whose models of Sonar are answered for by the official API, as the settings say."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hydrophone.app.official.finding import look_at
from hydrophone.app.rooms import Rooms, open_rooms
from hydrophone.errors import InvalidModel, NotConfigured, RateLimited
from hydrophone.settings import load_settings
from hydrophone.types import Filter, RequestContext, SearchOptions, SnippetOptions, Text, ask
from tests.emulators.agent_api import KEY, AgentApi, Run, Search, result
from tests.upstream.conftest import Answered, answered

RUN = Run(searches=[Search(("whales",), (result(1),))])
BROKEN = Run(status=400, error={"error": {"message": "no", "type": "invalid_request"}})
BUSY = Run(status=429, error={"error": {"message": "no"}}, headers={"Retry-After": "60"})


@asynccontextmanager
async def rooms(folder: Path, url: str, **settings: Any) -> AsyncIterator[Rooms]:
    """Rooms that search nothing but their own, empty, index."""
    given = {"upstream_key": KEY, "web_search": False, "keep_pages_days": 0} | settings
    async with open_rooms(load_settings(data_dir=folder, upstream_url=url, **given)) as opened:
        yield opened


async def said(opened: Rooms, model: str) -> Answered:
    return await answered(await opened.answerer(), ask("Do whales sing?", model=model))


async def test_models_of_sonar_go_there_and_others_stay(tmp_path: Path) -> None:
    async with AgentApi(RUN) as api, rooms(tmp_path, api.url) as opened:
        for model in ("sonar", "llama-3.1-sonar-large-128k-online", "sonar-deep-research"):
            assert (await said(opened, model)).finished.model == "vendor/some-model"
        assert [one.body["preset"] for one in api.requests] == ["fast", "low", "high"]
        got = await said(opened, "default")
        assert got.finished.model is None
        assert len(api.requests) == 3


async def test_a_model_that_never_searched_asks_without_tools(tmp_path: Path) -> None:
    async with AgentApi(RUN) as api, rooms(tmp_path, api.url) as opened:
        await said(opened, "llama-3.1-sonar-small-128k-chat")
        assert api.body["model"] == "perplexity/sonar"
        assert "tools" not in api.body


async def test_their_models_go_by_their_own_names(tmp_path: Path) -> None:
    async with AgentApi(RUN) as api, rooms(tmp_path, api.url) as opened:
        catalog = await opened.catalog()
        assert catalog.card("openai/gpt-5.1").id == "openai/gpt-5.1"
        assert (await said(opened, "openai/gpt-5.1")).finished.reason == "stop"
        assert api.body["model"] == "openai/gpt-5.1"
        with pytest.raises(InvalidModel):
            catalog.card("local/tiny")


async def test_the_setting_says_which_models_go_there(tmp_path: Path) -> None:
    models = ("sonar-pro=xhigh", "default=openai/gpt-5.1")
    async with AgentApi(RUN) as api, rooms(tmp_path, api.url, upstream_models=models) as opened:
        await said(opened, "sonar-pro")
        await said(opened, "default")
        assert (await opened.catalog()).card("sonar").quotes
        assert [one.body.get("preset") for one in api.requests] == ["xhigh", None]


async def test_the_ledger_has_what_was_charged(tmp_path: Path) -> None:
    async with AgentApi(RUN) as api, rooms(tmp_path, api.url) as opened:
        await said(opened, "sonar")
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        rows = connection.execute("SELECT model, cost_usd FROM ledger").fetchall()
    assert rows == [("vendor/some-model", pytest.approx(0.0135))]


async def test_without_a_key_or_offline_nothing_goes_there(tmp_path: Path) -> None:
    async with AgentApi(RUN) as api:
        async with rooms(tmp_path, api.url, upstream_key=None) as opened:
            assert (await opened.catalog()).card("sonar").quotes
            with pytest.raises(InvalidModel):
                (await opened.catalog()).card("openai/gpt-5.1")
            finding = await look_at(opened.settings, await opened.official_api())
            assert (finding.state, finding.message[:6]) == ("note", "no key")
        async with rooms(tmp_path, api.url, offline=True, upstream_search=True) as opened:
            assert (await opened.catalog()).card("sonar").quotes
            await (await opened.search_service()).search(["q"], WANTED, RequestContext())
            finding = await look_at(opened.settings, await opened.official_api())
            assert "HYDROPHONE_OFFLINE" in finding.message
        assert api.requests == []


async def test_the_engine_answers_after_a_failure_when_that_is_wanted(tmp_path: Path) -> None:
    async with AgentApi(BUSY) as api:
        async with rooms(tmp_path, api.url) as opened:
            assert (await said(opened, "sonar")).failed.retry_after_s == 60
        async with rooms(tmp_path, api.url, upstream_fallback=True) as opened:
            got = await said(opened, "sonar")
    assert "downgrade" in [notice.kind for notice in got.notices]
    assert got.finished.charged is None


WANTED = SearchOptions(snippets=SnippetOptions())


@pytest.mark.parametrize("falls_back", [False, True])
async def test_leaving_cancels_the_run_over_there(tmp_path: Path, falls_back: bool) -> None:
    silent = replace(RUN, silent_after=11)
    async with AgentApi(silent) as api:
        async with rooms(tmp_path, api.url, upstream_fallback=falls_back) as opened:
            answer = (await opened.answerer()).answer(ask("?", model="sonar"), RequestContext())
            async with answer as events:
                async for event in events:
                    if isinstance(event, Text):
                        break
            await api.wait_for_cancel()
        assert len(api.requests) == 1


async def test_searches_are_passed_on_when_that_is_wanted(tmp_path: Path) -> None:
    async with AgentApi(found=[result(None, "https://a.example/")]) as api:
        async with rooms(tmp_path, api.url) as opened:
            service = await opened.search_service()
            assert (await service.search(["q"], WANTED, RequestContext())).results == ()
        async with rooms(tmp_path, api.url, upstream_search=True) as opened:
            service = await opened.search_service()
            [found] = (await service.search(["q"], WANTED, RequestContext())).results
            assert found.url == "https://a.example/"
            mine = SearchOptions(filter=Filter(collections=("mine",)), snippets=SnippetOptions())
            assert (await service.search(["q"], mine, RequestContext())).results == ()
            assert len(api.requests) == 1


async def test_this_server_searches_after_a_failure_when_that_is_wanted(tmp_path: Path) -> None:
    async with AgentApi(BUSY) as api:
        async with rooms(tmp_path, api.url, upstream_search=True) as opened:
            with pytest.raises(RateLimited):
                await (await opened.search_service()).search(["q"], WANTED, RequestContext())
        settings = {"upstream_search": True, "upstream_fallback": True}
        async with rooms(tmp_path, api.url, **settings) as opened:
            found = await (await opened.search_service()).search(["q"], WANTED, RequestContext())
    assert found.notices[0].kind == "downgrade"


async def test_doctor_says_whether_it_answers(tmp_path: Path) -> None:
    async with AgentApi() as api:
        async with rooms(tmp_path, api.url) as opened:
            finding = await look_at(opened.settings, await opened.official_api())
            assert finding.state == "ok"
            assert "sonar-pro" in finding.message
        async with rooms(tmp_path, api.url, upstream_key="pplx-wrong") as opened:
            finding = await look_at(opened.settings, await opened.official_api())
            assert finding.state == "problem"
            assert "HYDROPHONE_UPSTREAM_KEY" in finding.message
            assert "pplx-wrong" not in finding.message


async def test_a_wrong_setting_is_told_at_the_start(tmp_path: Path) -> None:
    async with rooms(tmp_path, "perplexity.ai") as opened:
        with pytest.raises(NotConfigured, match="HYDROPHONE_UPSTREAM_URL"):
            await opened.catalog()
    async with rooms(tmp_path, "http://127.0.0.1:9", upstream_models=("gpt-5",)) as opened:
        with pytest.raises(NotConfigured, match="HYDROPHONE_UPSTREAM_MODELS"):
            await opened.catalog()
