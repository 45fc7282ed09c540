"""The inquiry behind a report: the plan, searches at once, notes, gaps, and one numbering."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from hydrophone.engine.engine import Engine
from hydrophone.errors import StorageError
from hydrophone.types import Budgets, Failed, Finished, Question, RequestContext, ask
from tests.emulators.openai_model import Reply
from tests.engine.research.desk import (
    ASKED,
    QUESTION,
    REPORT,
    WRITTEN,
    Desk,
    Sea,
    quoting,
    told_by,
    writing,
)

PLANNED = ["How do whales sing?", "What do whales eat?"]


def open_on_food(message: str) -> str:
    """Notes that find the song, and of the food only when baleen has been read of."""
    if "What do whales eat?" not in message.split("<")[0]:
        return "Blue whales sing low [1]."
    return "Baleen holds krill back [3]." if 'n="3"' in message else "? baleen of whales"


async def test_the_parts_are_planned_searched_for_at_once_and_noted() -> None:
    desk, sea = Desk(), Sea(slow={"whales": 0.05})
    async with writing(desk, sea) as (engine, _):
        told = await told_by(engine)
    assert sea.asked[:3] == [ASKED, *PLANNED]
    assert sea.most_at_once >= 3
    assert desk.asked == ["plan", "note", "note", "outline", "section", "section"]
    assert told.context.meter.usage.model_calls == 6
    assert isinstance(told.events[-1], Finished)


async def test_a_further_round_searches_only_for_the_gaps_and_notes_them_again() -> None:
    desk, sea = Desk(note=open_on_food), Sea()
    async with writing(desk, sea) as (engine, _):
        told = await told_by(engine)
    first_round = sea.asked.index("baleen of whales")
    assert sea.asked[first_round:] == ["baleen of whales"]
    assert desk.asked.count("note") == 3, "the part that was answered is not noted again"
    notes = [one.notes for one in told.results if one.step.startswith("note")]
    assert notes == [
        ("Blue whales sing low [1].",),
        (),
        ("Baleen holds krill back [3].",),
    ]
    assert [source.result.title for source in told.sources] == ["Page 1", "Page 2", "Page 3"]


async def test_all_that_is_done_is_told_as_steps_that_end() -> None:
    async with writing(Desk(note=open_on_food), Sea()) as (engine, _):
        told = await told_by(engine)
    names = [step.id.rsplit("-", 1)[0] for step in told.steps]
    assert names == [
        *["plan", "search", "note", "note", "gap", "search", "note"],
        *["outline", "section", "section"],
    ]
    assert [one.step for one in told.results] == [step.id for step in told.steps]
    assert len({step.id for step in told.steps}) == len(told.steps)
    plan, gap = told.steps[0].thought, told.steps[4].thought
    assert all(part in plan for part in PLANNED)
    assert "What do whales eat?" in gap
    assert "How do whales sing?" not in gap


async def test_without_a_gap_there_is_no_further_round() -> None:
    desk, sea = Desk(), Sea()
    async with writing(desk, sea, replace(WRITTEN, rounds=5)) as (engine, _):
        told = await told_by(engine)
    assert len([step for step in told.steps if step.kind == "web_search"]) == 1


async def test_rounds_end_when_nothing_new_is_found() -> None:
    desk, sea = Desk(note="? no such thing anywhere"), Sea()
    async with writing(desk, sea, replace(WRITTEN, rounds=5)) as (engine, _):
        told = await told_by(engine)
    assert len([step for step in told.steps if step.kind == "web_search"]) == 2


async def test_numbers_that_do_not_exist_never_become_notes() -> None:
    desk = Desk(note="Whales sing low [1]. [7]\nWhales fly [9].\nWhales are big.")
    async with writing(desk, Sea()) as (engine, _):
        told = await told_by(engine)
    notes = {line for one in told.results if one.step.startswith("note") for line in one.notes}
    assert notes == {"Whales sing low [1]."}


async def test_a_model_that_plans_notes_and_outlines_nothing_is_made_up_for_by_rule() -> None:
    desk, sea = Desk(plan="", note="nothing", outline=""), Sea()
    async with writing(desk, sea) as (engine, _):
        told = await told_by(engine)
    notes = [line for one in told.results if one.step.startswith("note") for line in one.notes]
    assert "Blue whales sing below forty hertz. [1]" in notes
    assert told.text.startswith("## ")
    assert isinstance(told.events[-1], Finished)


async def test_sections_are_written_from_notes_and_sources_between_marks() -> None:
    desk = Desk()
    async with writing(desk, Sea()) as (engine, _):
        await told_by(engine)
    task = desk.of("section")[0]["messages"][-1]["content"]
    assert task.startswith("<notes-")
    assert "- Whales do that [1]." in task
    assert task.endswith("Write the section “The song” now.")
    assert "<source-" in desk.of("section")[0]["messages"][0]["content"]


async def test_by_rule_the_headings_found_are_searched_for_and_nothing_is_invented() -> None:
    sea = Sea()
    told = await told_by(quoting(sea))
    assert f"{ASKED} Song" in sea.asked
    known = {"Song", "Food", "Baleen", "##"}
    rest = told.text
    for citation in told.citations:
        rest = rest.replace(f"{citation.quote} [{citation.n}]", "")
    assert set(rest.split()) <= known
    assert told.context.meter.usage.model_calls == 0


async def test_what_answers_each_part_comes_first_by_rule() -> None:
    told = await told_by(quoting(Sea()))
    lead = told.text.split("\n\n##")[0]
    assert "sing below forty hertz. [1]" in lead
    assert "eat krill" in lead


async def test_a_search_too_slow_is_left_out_and_named() -> None:
    sea = Sea(slow={"What do whales eat": 60})
    async with writing(Desk(), sea) as (engine, _):
        told = await told_by(engine, deadline(3))
    assert sea.stopped == 1
    [late] = [notice for notice in told.notices if notice.kind == "late_stage"]
    assert "What do whales eat?" in late.message
    assert isinstance(told.events[-1], Finished)


async def test_when_no_search_ends_in_time_the_report_fails_in_time() -> None:
    sea = Sea(slow={"": 60})
    told = await told_by(quoting(sea), deadline(0.2))
    last = told.events[-1]
    assert isinstance(last, Failed)
    assert last.status == 504
    assert sea.stopped == len(sea.asked)


async def test_a_later_round_that_fails_leaves_what_was_found() -> None:
    sea = Sea(failing={"baleen": StorageError("the index is torn")})
    async with writing(Desk(note=open_on_food), sea) as (engine, _):
        told = await told_by(engine)
    assert isinstance(told.events[-1], Finished)
    assert any("the index is torn" in notice.message for notice in told.notices)


async def test_a_first_round_that_fails_is_an_error() -> None:
    told = await told_by(quoting(Sea(failing={"": StorageError("the index is torn")})))
    assert isinstance(told.events[-1], Failed)


async def test_no_more_pages_are_cited_than_the_caller_wants() -> None:
    question = replace(QUESTION, search=replace(QUESTION.search, max_results=2))
    told = await told_by(quoting(Sea(), replace(REPORT, rounds=3)), question)
    assert len(told.sources) == 2


@pytest.mark.parametrize("rounds", [1, 2, 3])
async def test_the_same_question_gets_the_same_sources_numbers_and_text(rounds: int) -> None:
    profile = replace(REPORT, rounds=rounds)
    first, second = [await told_by(quoting(Sea(), profile)) for _ in range(2)]
    assert first.sources == second.sources
    assert first.text == second.text


async def test_a_page_found_for_several_parts_keeps_its_number_and_all_its_passages() -> None:
    told = await told_by(quoting(Sea()), ask("How do whales sing? Which song do whales sing?"))
    urls = [source.result.url for source in told.sources]
    assert len(set(urls)) == len(urls)
    assert [source.n for source in told.sources] == list(range(1, len(urls) + 1))


async def left_at(engine: Engine, begun: Callable[[], bool]) -> None:
    """Ask, and leave as soon as this has begun."""
    async with engine.answer(QUESTION, RequestContext()), asyncio.timeout(20):
        while not begun():  # noqa: ASYNC110 - counters of fakes have no event
            await asyncio.sleep(0.01)


async def test_leaving_while_pages_are_searched_for_stops_all_searches() -> None:
    sea = Sea(slow={"": 60})
    await left_at(quoting(sea), lambda: sea.at_once > 1)
    assert sea.stopped == len(sea.asked) > 1


@pytest.mark.parametrize("kind", ["plan", "note", "outline", "section"])
async def test_leaving_while_the_model_works_stops_it(kind: str) -> None:
    desk = Desk(**{kind: Reply(hang_after=-1)})  # type: ignore[arg-type]
    async with writing(desk, Sea()) as (engine, server):
        await left_at(engine, lambda: kind in desk.asked)
        await server.wait_for_disconnect()
    assert desk.asked[-1] == kind


def deadline(seconds: float) -> Question:
    return replace(QUESTION, budgets=Budgets(deadline_s=seconds))
