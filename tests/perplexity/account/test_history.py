"""Kept conversations: listed a page at a time, read whole, changed by their owner alone."""

from __future__ import annotations

import orjson
import pytest

from hydrophone.perplexity import AsyncPerplexity, ClientConfig, ResponseParsingError
from hydrophone.perplexity.account.history import ThreadNotFound, _entry
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService


async def asked(client: AsyncPerplexity, *questions: str) -> str:
    conversation = client.create_conversation()
    for question in questions:
        await conversation.ask(question)
    assert conversation.uuid is not None
    return conversation.uuid


async def test_conversations_are_listed_the_newest_first(
    service: WebService, client: AsyncPerplexity
) -> None:
    service.state.scripts = [Script(title=f"About {n}") for n in range(3)]
    for n in range(3):
        await asked(client, f"What is {n}?")
    listed = [one async for one in client.history.threads()]
    assert [one.title for one in listed] == ["About 2", "About 1", "About 0"]
    assert [one.title async for one in client.history.threads(search="about 1")] == ["About 1"]
    assert [one.title async for one in client.history.threads(most=1)] == ["About 2"]


@pytest.mark.parametrize("name", [None, "threads", "data"])
async def test_the_list_is_read_in_each_form_that_it_came_in(
    service: WebService, client: AsyncPerplexity, name: str | None
) -> None:
    rows = [{"uuid": "b-1", "slug": "whales-1", "title": "Whales", "has_next_page": False}]
    text = orjson.dumps(rows if name is None else {name: rows}).decode()
    path = "/rest/thread/list_ask_threads"
    service.state.refusals[path] = [{"status": 200, "text": text}]
    (listed,) = [one async for one in client.history.threads()]
    assert (listed.slug, listed.uuid, listed.title) == ("whales-1", "b-1", "Whales")
    service.state.refusals[path] = [{"status": 200, "text": '"none"'}]
    with pytest.raises(ResponseParsingError):
        _ = [one async for one in client.history.threads()]


async def test_a_long_list_comes_in_pages(service: WebService, client: AsyncPerplexity) -> None:
    await asked(client, "One?")
    (thread,) = service.state.threads.values()
    service.state.threads = {f"t{n}": thread for n in range(120)}
    assert len([one async for one in client.history.threads()]) == 120
    pages = service.state.asked("/rest/thread/list_ask_threads")
    assert [one.body["offset"] for one in pages] == [0, 50, 100]


async def test_a_conversation_is_read_whole(service: WebService, client: AsyncPerplexity) -> None:
    await asked(client, "One?", "Two?")
    (thread,) = service.state.threads.values()
    thread.entries = thread.entries[:1] * 150 + thread.entries
    kept = await client.history.read("thread-1")
    assert len(kept.entries) == 152
    assert [entry.query for entry in kept.entries[-2:]] == ["One?", "Two?"]
    assert kept.entries[0].answer == "Hello world [1]."
    assert "rw-" not in repr(kept)


async def test_it_is_renamed_exported_and_deleted(
    service: WebService, client: AsyncPerplexity
) -> None:
    await asked(client, "One?")
    await client.history.rename("thread-1", "Whales")
    assert (await client.history.read("thread-1")).title == "Whales"
    export = await client.history.export("thread-1", "md")
    assert (export.name, export.data) == ("x.md", b"# Whales\n")
    await client.history.delete("thread-1")
    assert not service.state.threads
    with pytest.raises(ThreadNotFound):
        await client.history.read("thread-1")


async def test_an_empty_title_is_refused(client: AsyncPerplexity) -> None:
    with pytest.raises(ValueError, match="empty"):
        await client.history.rename("thread-1", " ")


def test_downloads_are_found_wherever_they_stand() -> None:
    url = "https://files.example/report.md?signature=secret"
    asset = {"file": {"download_info": [{"url": url}, {"other": 1}]}}
    entry = _entry({"backend_uuid": "b", "blocks": [{"x_block": {"assets": [asset]}}]})
    assert entry.downloads == (url,)
    steps = {"backend_uuid": "b", "text": orjson.dumps([{"content": asset}]).decode()}
    assert _entry(steps).downloads == (url,)
    assert "secret" not in repr(entry)


async def test_quota_profile_spaces_and_connectors_are_told(client: AsyncPerplexity) -> None:
    quota = await client.quota()
    assert quota.remaining == {"pro": 300, "research": 20}
    assert quota.sources == {"web": None, "google_drive": 499}
    profile = await client.profile()
    assert profile is not None
    assert (profile.email, profile.tier) == ("someone@example.org", "pro")
    assert [(space.uuid, space.title) for space in await client.spaces()] == [("space-1", "Whales")]
    assert [(one.id, one.remaining) for one in await client.connectors()] == [("google_drive", 499)]


async def test_a_session_that_has_ended_has_no_profile(service: WebService) -> None:
    config = ClientConfig(requests_per_second=0)
    async with AsyncPerplexity("a.b.c.d.e", config, origin=service.origin) as client:
        assert await client.profile() is None
