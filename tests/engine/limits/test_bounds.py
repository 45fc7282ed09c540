"""Every bound is kept, met ones are told of, and what stands is whole sentences."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hydrophone.engine.limits.bounds import Bounds, bounds_of, tighter
from hydrophone.engine.profile import Profile
from hydrophone.types import Budgets, Finished, Price, RequestContext
from tests.emulators.openai_model import Reply
from tests.engine.research.desk import (
    QUESTION,
    REPORT,
    Desk,
    Sea,
    Told,
    quoting,
    told_by,
    writing,
)

PRICE = Price(input_usd=2, output_usd=8, search_usd=5, reasoning_usd=3, citation_usd=2)
LONG = "Blue whales sing below forty hertz in the sea [1]. " * 12


def budget_notices(told: Told) -> list[str]:
    return [notice.message for notice in told.notices if notice.kind == "budget"]


def check_partial(told: Told) -> None:
    last = told.events[-1]
    assert isinstance(last, Finished)
    assert told.text
    assert re.search(r"(?:[.…]|\])\s*\Z", told.text), told.text[-60:]
    assert "##" not in told.text.splitlines()[-1]


def test_of_two_limits_the_smaller_one_holds() -> None:
    one, other = Budgets(deadline_s=5, searches=3), Budgets(deadline_s=9, searches=2, pages=7)
    assert tighter(one, other) == Budgets(deadline_s=5, searches=2, pages=7)
    assert tighter(other, one) == tighter(one, other)
    assert tighter(Budgets(), Budgets()) == Budgets()


async def test_without_limits_nothing_is_bounded() -> None:
    bounds = Bounds(Budgets(), RequestContext())
    assert bounds.searches_left() is None
    assert bounds.output_left(10_000) is None
    assert bounds.time_left_s() is None
    assert bounds.has_time()
    assert list(bounds.notices()) == []


async def test_tokens_and_cost_are_what_the_meter_has_not_counted_yet() -> None:
    context = RequestContext()
    context.meter.add(prompt_tokens=300, citation_tokens=100, completion_tokens=100)
    by_tokens = Bounds(Budgets(tokens=1_000), context, price=PRICE)
    assert by_tokens.output_left(200) == 300
    assert by_tokens.output_left(200, 0.5) == -200
    # 400 read at 2 and 100 written at 8 dollars a million have cost 0.0016.
    by_cost = Bounds(Budgets(cost_usd=0.01), context, price=PRICE)
    assert by_cost.output_left(200) == 1_000
    assert by_cost.output_bound(200) == "cost"
    assert by_cost.searches_left() == 1


async def test_a_free_model_has_no_bound_by_cost() -> None:
    assert Bounds(Budgets(cost_usd=0.01), RequestContext()).output_left(1_000_000) is None


async def test_a_bound_is_told_once_with_all_that_was_left_out() -> None:
    bounds = bounds_of(QUESTION, Profile(), RequestContext(), None)
    for left_out in ("a", "b", "a"):
        bounds.meet("searches", left_out)
    [notice] = bounds.notices()
    assert notice.kind == "budget"
    assert notice.message.endswith("left out: a; b.")
    assert list(bounds.notices()) == []


@pytest.mark.parametrize("searches", [1, 2, 3])
@pytest.mark.parametrize("written", [True, False])
async def test_no_more_is_searched_for_than_allowed(searches: int, written: bool) -> None:
    sea, budgets = Sea(), Budgets(searches=searches)
    if written:
        async with writing(Desk(note="? baleen of whales"), sea) as (engine, _):
            told = await told_by(engine, budgets=budgets)
    else:
        told = await told_by(quoting(sea), budgets=budgets)
    assert len(sea.asked) == searches == told.context.meter.usage.search_queries
    assert any("searches" in message for message in budget_notices(told))
    check_partial(told)


@pytest.mark.parametrize("tokens", [100, 300, 500, 700, 900, 1_100, 1_300])
async def test_no_more_tokens_are_spent_than_allowed(tokens: int) -> None:
    async with writing(Desk(section=LONG), Sea()) as (engine, _):
        told = await told_by(engine, budgets=Budgets(tokens=tokens))
    check_partial(told)
    usage = told.context.meter.usage
    least = 200  # sentences are quoted when the budget does for nothing else
    assert usage.total_tokens + usage.citation_tokens <= max(tokens, least)
    assert budget_notices(told)


async def test_a_limit_that_is_not_met_changes_nothing() -> None:
    async with writing(Desk(section=LONG), Sea()) as (engine, _):
        unbounded = await told_by(engine)
        bounded = await told_by(engine, budgets=Budgets(tokens=100_000, searches=100, pages=9))
    assert bounded.text == unbounded.text
    assert not bounded.notices


@pytest.mark.parametrize("cost_usd", [0.004, 0.02, 0.03])
async def test_no_more_is_charged_than_allowed(cost_usd: float) -> None:
    sea, profile = Sea(), replace(REPORT, price=PRICE, rounds=4)
    told = await told_by(quoting(sea, profile), budgets=Budgets(cost_usd=cost_usd))
    cost = PRICE.cost(told.context.meter.usage, "low").total_usd
    assert cost <= cost_usd or not sea.asked
    assert budget_notices(told)
    assert isinstance(told.events[-1], Finished)


async def test_what_a_slow_model_has_written_in_time_stands_as_whole_sentences() -> None:
    slow = Reply("Whales sing low [1]. Nobody knows why they " * 40, pieces=400, delay_s=0.05)
    async with writing(Desk(section=slow), Sea()) as (engine, server):
        told = await told_by(engine, budgets=Budgets(deadline_s=6))
        await server.wait_for_disconnect()
    check_partial(told)
    assert told.text.startswith("## The song\n\nWhales sing low [1].")
    [message] = budget_notices(told)
    assert "time" in message
    assert "The food" in message


async def test_a_model_that_writes_nothing_in_time_leaves_the_quotes() -> None:
    async with writing(Desk(section=Reply(hang_after=-1)), Sea()) as (engine, _):
        told = await told_by(engine, budgets=Budgets(deadline_s=2.5))
    check_partial(told)
    assert "Blue whales sing below forty hertz. [1]" in told.text
    assert budget_notices(told)


async def test_a_model_that_fails_behind_a_section_leaves_what_stands() -> None:
    def failing(message: str) -> str | Reply:
        gone = Reply(status=400, error={"error": {"message": "no such model"}})
        return gone if "The food" in message else "Whales sing low [1]."

    async with writing(Desk(section=failing), Sea()) as (engine, _):
        told = await told_by(engine)
    assert told.text == "## The song\n\nWhales sing low [1]."
    assert isinstance(told.events[-1], Finished)
    assert any("ends early" in notice.message for notice in told.notices)


async def test_the_limits_of_the_server_hold_beside_those_of_the_question() -> None:
    for own, asked, most in ((3, None, 3), (3, 2, 2), (2, 3, 2)):
        sea = Sea()
        engine = quoting(sea)
        engine._budgets = Budgets(searches=own)
        await told_by(engine, budgets=Budgets(searches=asked))
        assert len(sea.asked) == most


async def test_an_answer_that_is_no_report_has_the_servers_limits_not() -> None:
    sea = Sea()
    engine = quoting(sea, replace(REPORT, kind="answer"))
    engine._budgets = Budgets(searches=1)
    await told_by(engine)
    assert len(sea.asked) > 1
