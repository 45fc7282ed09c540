from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from hydrophone.search.errors import ProviderFailed, ProviderRateLimited
from hydrophone.search.providers.arxiv import Turns
from tests.emulators import search_records
from tests.emulators.search_apis import Instead, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import Open


async def test_preprints_come_with_their_abstract_and_both_dates(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("arxiv").search(ask("listening to the sea"))

    first, second = answer.results
    assert (first.url, first.kind) == ("https://arxiv.org/abs/2401.01234", "academic")
    assert first.title == "Listening to the Sea"
    assert first.passages[0].text == "We place hydrophones at 400 sites. All of them hear ships."
    assert first.published == datetime(2024, 1, 2, 18, 59, 59, tzinfo=UTC)
    assert first.modified == datetime(2024, 2, 1, 9, 0, tzinfo=UTC)
    assert (second.url, second.passages) == ("https://arxiv.org/abs/hep-ex/0307015", ())
    assert answer.exhausted


async def test_words_are_sent_without_syntax_of_their_own(
    apis: SearchApis, open_provider: Open
) -> None:
    await open_provider("arxiv").search(
        ask('How do "sea state" sensors ANDNOT (x:y) cross-talk]?', count=7, page=2)
    )

    assert apis.last["search_query"] == (
        'all:"sea state" OR all:sensors OR all:x OR all:y OR all:"cross talk"'
    )
    assert (apis.last["start"], apis.last["max_results"]) == ("14", "7")


async def test_dates_are_sent_with_a_minute_to_spare(apis: SearchApis, open_provider: Open) -> None:
    arxiv = open_provider("arxiv")

    await arxiv.search(
        ask("sea", published_after=date(2024, 1, 1), published_before=date(2024, 1, 31))
    )
    assert apis.last["search_query"] == (
        "(all:sea) AND submittedDate:[202312312359 TO 202402010000]"
    )

    await arxiv.search(ask("sea", published_before=date(2024, 1, 31)))
    assert apis.last["search_query"].endswith("submittedDate:[199001010000 TO 202402010000]")


async def test_an_error_in_the_feed_is_told_in_its_words(
    apis: SearchApis, open_provider: Open
) -> None:
    apis.instead["arxiv"] = Instead(body=search_records.ARXIV_ERROR)

    with pytest.raises(ProviderFailed, match="malformed query"):
        await open_provider("arxiv").search(ask("sea"))


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body>Rate exceeded.</body></html>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry>",
        "",
        '<!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c SYSTEM "file:///etc/hostname">]><f>&b;&c;</f>',
    ],
)
async def test_what_is_no_feed_is_a_failure(
    body: str, apis: SearchApis, open_provider: Open
) -> None:
    apis.instead["arxiv"] = Instead(body=body, media_type="application/xml")

    with pytest.raises(ProviderFailed, match="no Atom feed"):
        await open_provider("arxiv").search(ask("sea"))


class Time:
    """A clock that goes on while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.now += seconds


async def test_turns_are_three_seconds_apart() -> None:
    time = Time()
    turns = Turns(3.0, clock=time, sleep=time.sleep)

    for _ in range(2):
        async with turns.take():
            time.now += 1.0
    time.now += 10.0
    async with turns.take():
        pass

    assert time.slept == [2.0]


async def test_one_has_a_turn_one_waits_and_the_third_is_sent_away() -> None:
    time = Time()
    turns = Turns(3.0, clock=time, sleep=time.sleep)
    inside: list[str] = []

    async def visit(name: str) -> None:
        async with turns.take():
            inside.append(name)
            assert len(inside) == 1
            await asyncio.sleep(0.01)
            inside.remove(name)

    first, second = asyncio.create_task(visit("a")), asyncio.create_task(visit("b"))
    await asyncio.sleep(0)
    with pytest.raises(ProviderRateLimited) as refusal:
        await visit("c")
    await asyncio.gather(first, second)

    assert refusal.value.retry_after_s is not None
    assert 3.0 <= refusal.value.retry_after_s <= 6.0


async def test_who_gives_up_waiting_leaves_the_turn_to_others() -> None:
    asleep = asyncio.Event()
    time = Time()

    async def sleep_for_ever(seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    turns = Turns(3.0, clock=time, sleep=sleep_for_ever)
    async with turns.take():
        pass
    waiting = asyncio.create_task(turns.take().__aenter__())
    await asleep.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    time.now += 3.0

    async with asyncio.timeout(5), turns.take():
        pass


async def test_a_turn_that_fails_is_over() -> None:
    turns = Turns(0.0)
    with pytest.raises(ProviderFailed):
        async with turns.take():
            raise ProviderFailed("no network")

    async with asyncio.timeout(5), turns.take():
        pass
