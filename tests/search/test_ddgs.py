"""Metasearch: over a backend that stands in for the package, and the package without a network."""

from __future__ import annotations

import asyncio
import socket
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from hydrophone.search.base import ProviderQuery
from hydrophone.search.errors import ProviderFailed, ProviderRateLimited, ProviderRefused
from hydrophone.search.providers.ddgs import Backend, Metasearch
from hydrophone.search.watch.watched import WatchedProvider
from hydrophone.types import Filter, Image, Video

QUERY = ProviderQuery("do whales sing")
Items = Sequence[Mapping[str, object]]

TEXT: Items = [
    {
        "title": "Whales &amp; song",
        "href": "https://a.example/",
        "body": "Blue <b>whales</b> sing.",
    },
    {"title": "No address", "href": "", "body": "x"},
    {"title": "No body", "href": "https://b.example/", "body": ""},
]
IMAGES: Items = [
    {
        "title": "A whale",
        "image": "https://a.example/w.jpg",
        "url": "https://a.example/",
        "width": "800",
        "height": "600",
    },
    {"title": "No page", "image": "https://a.example/x.jpg", "url": ""},
]
VIDEOS: Items = [
    {
        "title": "Film",
        "content": "https://films.example/1",
        "duration": "4:05",
        "images": {"large": "https://films.example/1.jpg"},
    },
    {"title": "No address", "content": ""},
]


class DDGSException(Exception):
    """What the package raises."""


class TimeoutException(DDGSException):
    pass


class RatelimitException(DDGSException):
    pass


@dataclass
class Fake:
    """Gives what it was told to; `asked` are the calls."""

    error: Exception | None = None
    gate: threading.Event | None = None
    asked: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def text(self, query: str, **options: object) -> Items:
        return self._give("text", query, options, TEXT)

    def images(self, query: str, **options: object) -> Items:
        return self._give("images", query, options, IMAGES)

    def videos(self, query: str, **options: object) -> Items:
        return self._give("videos", query, options, VIDEOS)

    def _give(self, what: str, query: str, options: dict[str, object], items: Items) -> Items:
        self.asked.append((what, query, options))
        if self.gate is not None:
            self.gate.wait(30)
        if self.error is not None:
            raise self.error
        return items


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
async def metasearch(fake: Fake) -> AsyncIterator[Metasearch]:
    def open_fake(timeout_s: int) -> Backend:
        return fake

    provider = Metasearch(backend=open_fake)
    yield provider
    await provider.close()


async def test_pages_come_with_text_that_can_be_quoted(metasearch: Metasearch) -> None:
    first, second = (await metasearch.search(QUERY)).results
    assert (first.url, first.title, first.kind) == ("https://a.example/", "Whales & song", "web")
    assert first.snippet == "Blue whales sing."
    assert [passage.text for passage in first.passages] == ["Blue whales sing."]
    assert second.passages == ()


async def test_images_and_videos_come_when_they_are_wanted(metasearch: Metasearch) -> None:
    answer = await metasearch.search(replace(QUERY, images=True, videos=True))
    assert answer.images == (
        Image("https://a.example/w.jpg", "https://a.example/", "A whale", 800, 600),
    )
    assert answer.videos == (
        Video(
            "https://films.example/1",
            thumbnail_url="https://films.example/1.jpg",
            duration_s=245.0,
        ),
    )


async def test_what_is_wanted_is_pushed_down(metasearch: Metasearch, fake: Fake) -> None:
    where = Filter(domains_allow=("a.example",), languages=("de-AT",), recency="week")
    await metasearch.search(replace(QUERY, filter=where, country="AT", safe=True, page=2))
    [(what, query, options)] = fake.asked
    assert (what, query) == ("text", "do whales sing site:a.example")
    assert options == {
        "region": "at-de",
        "safesearch": "on",
        "timelimit": "w",
        "max_results": 10,
        "page": 3,
    }


async def test_nothing_found_is_no_failure(metasearch: Metasearch, fake: Fake) -> None:
    fake.error = DDGSException("No results found.")
    answer = await metasearch.search(QUERY)
    assert (answer.results, answer.exhausted) == ((), True)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (RatelimitException("202 Ratelimit"), ProviderRateLimited, "asked too often"),
        (TimeoutException("operation timed out"), ProviderFailed, "did not answer in time"),
        (DDGSException("DNSError: error resolving DNS"), ProviderFailed, "cannot be reached"),
        (DDGSException("ConnectError('tcp')"), ProviderFailed, "cannot be reached"),
        (ValueError("a page changed"), ProviderFailed, r"could not be read \(ValueError\)"),
        (ImportError("ddgs"), ProviderRefused, "not installed"),
    ],
)
async def test_failures_are_told_without_the_question(
    metasearch: Metasearch,
    fake: Fake,
    error: Exception,
    kind: type[ProviderFailed],
    said: str,
) -> None:
    fake.error = type(error)(f"{error} (https://engine.example/?q=do+whales+sing)")
    with pytest.raises(kind, match=said) as caught:
        await metasearch.search(QUERY)
    assert "whales" not in "".join(traceback.format_exception(caught.value))


async def test_a_hanging_engine_is_left_behind(metasearch: Metasearch, fake: Fake) -> None:
    fake.gate = threading.Event()
    watched = WatchedProvider(metasearch, deadline_s=0.05)
    with pytest.raises(ProviderFailed, match="did not answer within"):
        await watched.ask(QUERY)
    fake.gate.set()


async def test_the_event_loop_goes_on_while_it_blocks(metasearch: Metasearch, fake: Fake) -> None:
    fake.gate = threading.Event()
    asking = asyncio.create_task(metasearch.search(QUERY))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not asking.done()
    fake.gate.set()
    assert (await asking).results


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses connections stands for a network that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("DDGS_PROXY", f"http://127.0.0.1:{port}")


@pytest.mark.usefixtures("no_network")
async def test_the_package_without_a_network_fails_soon_and_then_rests() -> None:
    provider = Metasearch()
    watched = WatchedProvider(provider, deadline_s=20.0)
    try:
        for n in range(3):
            with pytest.raises(ProviderFailed, match="cannot be reached from here"):
                await watched.ask(replace(QUERY, text=f"whales {n}"))
        assert watched.state().state == "resting"
    finally:
        await provider.close()


def test_what_is_used_of_the_package_is_there() -> None:
    from ddgs import DDGS

    backend: Callable[..., Backend] = DDGS
    assert all(callable(getattr(backend, name)) for name in ("text", "images", "videos"))
