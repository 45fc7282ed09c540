"""A provider under watch: it cannot hang, and is not hammered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hydrophone.search.base import ProviderAnswer, ProviderQuery
from hydrophone.search.errors import ProviderFailed, ProviderRateLimited, ProviderRefused
from hydrophone.search.scripted import ScriptedProvider
from hydrophone.search.watch.breaker import Breaker
from hydrophone.search.watch.watched import REFUSED_PAUSE_S, ProviderResting, WatchedProvider
from hydrophone.types import SearchResult

QUERY = ProviderQuery("whales")
PAGE = [SearchResult("https://a.example/", "A", "a")]
BROKEN = ProviderFailed("scripted: it is broken")


class Time:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def watch(provider: ScriptedProvider, time: Time | None = None, **more: float) -> WatchedProvider:
    return WatchedProvider(provider, clock=time or Time(), **more)


def other(n: int) -> ProviderQuery:
    return ProviderQuery(f"whales {n}")


async def test_an_answer_is_passed_on_and_counted() -> None:
    watched = watch(ScriptedProvider("scripted", PAGE))
    assert watched.state().state == "untried"
    assert (await watched.ask(QUERY)).results == tuple(PAGE)
    state = watched.state()
    assert (state.state, state.calls, state.failures) == ("ok", 1, 0)
    assert state.p50_ms is not None


async def test_an_equal_question_is_answered_from_memory_for_a_while() -> None:
    time, provider = Time(), ScriptedProvider("scripted", PAGE)
    watched = watch(provider, time, lifetime_s=60)
    first = await watched.ask(QUERY)
    time.now_s += 59
    assert await watched.ask(replace(QUERY, now=datetime(2030, 1, 1, tzinfo=UTC))) == first
    assert len(provider.asked) == 1
    time.now_s += 2
    await watched.ask(QUERY)
    assert len(provider.asked) == 2
    assert watched.state().from_cache == 1


@pytest.mark.parametrize(
    "changed",
    [
        replace(QUERY, text="boats"),
        replace(QUERY, page=1),
        replace(QUERY, safe=True),
        replace(QUERY, country="DE"),
        replace(QUERY, images=True),
        replace(QUERY, filter=replace(QUERY.filter, recency="day")),
    ],
)
async def test_another_question_is_asked_anew(changed: ProviderQuery) -> None:
    provider = ScriptedProvider("scripted", PAGE, PAGE)
    watched = watch(provider)
    await watched.ask(QUERY)
    await watched.ask(changed)
    assert len(provider.asked) == 2


async def test_equal_questions_at_the_same_time_are_asked_once() -> None:
    provider = ScriptedProvider("scripted", PAGE, delay_s=0.02)
    watched = watch(provider)
    answers = await asyncio.gather(*(watched.ask(QUERY) for _ in range(10)))
    assert answers == [ProviderAnswer(tuple(PAGE))] * 10
    assert len(provider.asked) == 1


async def test_who_does_not_answer_in_time_has_failed() -> None:
    watched = watch(ScriptedProvider("scripted", PAGE, delay_s=30), deadline_s=0.05)
    with pytest.raises(ProviderFailed, match=r"scripted did not answer within 0\.05 s"):
        await watched.ask(QUERY)
    assert watched.state().failures == 1
    assert watched.state().state == "failing"


async def test_a_failure_is_not_remembered_as_an_answer() -> None:
    provider = ScriptedProvider("scripted", BROKEN)
    watched = watch(provider)
    for _ in range(2):
        with pytest.raises(ProviderFailed, match="broken"):
            await watched.ask(QUERY)
    assert len(provider.asked) == 2


async def test_nothing_is_not_remembered_either() -> None:
    silent = ProviderAnswer(unresponsive=(("google", "timeout"),))
    provider = ScriptedProvider("scripted", silent)
    watched = watch(provider)
    await watched.ask(QUERY)
    provider.pages = [PAGE]
    assert (await watched.ask(QUERY)).results == tuple(PAGE)


async def test_after_failures_in_a_row_it_is_left_alone_and_says_why() -> None:
    time, provider = Time(), ScriptedProvider("scripted", BROKEN)
    watched = watch(provider, time)
    for n in range(3):
        with pytest.raises(ProviderFailed):
            await watched.ask(other(n))
    with pytest.raises(ProviderResting, match="it is broken; it is asked again in 30 s"):
        await watched.ask(QUERY)
    assert len(provider.asked) == 3
    assert (watched.state().state, watched.state().resting_s) == ("resting", 30.0)
    time.now_s += 31
    provider.pages = [PAGE]
    await watched.ask(QUERY)
    assert watched.state().state == "ok"
    assert watched.state().last_error == ""


async def test_what_is_in_memory_is_given_while_it_rests() -> None:
    provider = ScriptedProvider("scripted", PAGE)
    watched = watch(provider)
    await watched.ask(QUERY)
    provider.pages = [ProviderRefused("scripted: wrong key")]
    with pytest.raises(ProviderRefused):
        await watched.ask(other(1))
    assert (await watched.ask(QUERY)).results == tuple(PAGE)


@pytest.mark.parametrize(
    ("error", "pause_s"),
    [
        (ProviderRateLimited("too many", retry_after_s=90), 90),
        (ProviderRateLimited("too many"), 60),
        (ProviderRateLimited("too many", retry_after_s=10**9), 3600),
        (ProviderRefused("wrong key"), REFUSED_PAUSE_S),
    ],
)
async def test_who_sends_us_away_is_left_alone_at_once(
    error: ProviderFailed, pause_s: float
) -> None:
    watched = watch(ScriptedProvider("scripted", error))
    with pytest.raises(ProviderFailed):
        await watched.ask(QUERY)
    assert watched.state().resting_s == pause_s
    with pytest.raises(ProviderResting):
        await watched.ask(other(1))


async def test_who_gave_up_waiting_says_nothing_about_the_provider() -> None:
    watched = watch(ScriptedProvider("scripted", PAGE, delay_s=30))
    task = asyncio.create_task(watched.ask(QUERY))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert watched.state().failures == 0


async def test_a_defect_of_an_adapter_is_a_failure_like_others() -> None:
    class Defective(ScriptedProvider):
        async def search(self, query: ProviderQuery) -> ProviderAnswer:
            raise KeyError(query.text)

    watched = watch(Defective("defective"))
    with pytest.raises(ProviderFailed, match=r"could not be read \(KeyError\)"):
        await watched.ask(QUERY)


async def test_an_own_breaker_may_be_quicker() -> None:
    watched = WatchedProvider(ScriptedProvider("scripted", BROKEN), breaker=Breaker(failures=1))
    with pytest.raises(ProviderFailed):
        await watched.ask(QUERY)
    with pytest.raises(ProviderResting):
        await watched.ask(QUERY)
