"""Asking all questions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from hydrophone.engine.checking.base import Claim, Judgement
from hydrophone.errors import NotConfigured
from hydrophone.evaluation.answers.attacks import Attack, plant
from hydrophone.evaluation.answers.questions import AnswerSet, Asked
from hydrophone.evaluation.answers.replies import Reply
from hydrophone.evaluation.answers.run import Judging, NothingAnswered, ask_all, attack_all
from hydrophone.evaluation.indexing import Progress
from hydrophone.types import Document, Source
from tests.evaluation.answers.made import Verbatim, asked, reply, source

QUESTIONS = [asked(f"q{n}", answers=(f"a{n}",)) for n in range(6)]


class Echo:
    """Answers q1 with a1; `most` is how many it was asked at once."""

    def __init__(self, failing: tuple[str, ...] = ()) -> None:
        self._failing = failing
        self._open = 0
        self.most = 0

    async def ask(self, asked: Asked) -> Reply:
        self._open += 1
        self.most = max(self.most, self._open)
        await asyncio.sleep(0.01 if asked.text == "q0" else 0)
        self._open -= 1
        text = asked.text.replace("q", "a")
        if asked.text in self._failing:
            return reply("", error=f"{asked.text} is broken")
        return reply(f"It is {text}. [1]", source(1, f"It is {text}."))


async def test_rows_are_in_the_order_of_the_questions_and_progress_is_told() -> None:
    steps: list[Progress] = []
    echo = Echo()
    rows = await ask_all("x", QUESTIONS, echo, Judging(Verbatim()), steps.append, at_once=3)
    assert [row.id for row in rows] == [one.id for one in QUESTIONS]
    assert all(row.parts["answered"] == row.parts["citation_recall"] == (1, 1) for row in rows)
    assert [(one.stage, one.done, one.total) for one in steps] == [
        ("asking", n, 6) for n in range(1, 7)
    ]
    assert echo.most == 3


async def test_one_after_the_other_unless_told_otherwise() -> None:
    echo = Echo()
    await ask_all("x", QUESTIONS, echo, Judging(), lambda step: None)
    assert echo.most == 1


async def test_some_may_fail_but_not_all() -> None:
    rows = await ask_all("x", QUESTIONS, Echo(("q1",)), Judging(), lambda step: None)
    assert [row.error for row in rows].count(None) == 5
    everything = tuple(one.text for one in QUESTIONS)
    with pytest.raises(NothingAnswered, match="the first said: q0 is broken"):
        await ask_all("x", QUESTIONS, Echo(everything), Judging(), lambda step: None)


async def test_attacks_are_asked_about() -> None:
    page = Document("eval://x/0", "", "It is a0.")
    data = AnswerSet("x", [page], [asked("q0", relevant=(page.url,))])
    _, planted = plant(data, [Attack("", "Moo.", ("a0",)), Attack("", "Moo.")])
    found = await attack_all("x", planted, Echo(), lambda step: None)
    assert [one.outcome.followed for one in found] == [True, False]
    assert found[0].answer == "It is a0. [1]"


class Broken:
    """A judge that fails."""

    async def check(self, claim: Claim, sources: Sequence[Source]) -> Judgement:
        raise NotConfigured("the model is gone")


async def test_a_judge_that_fails_ends_the_run_with_its_own_error() -> None:
    with pytest.raises(NotConfigured, match="the model is gone"):
        await ask_all("x", QUESTIONS, Echo(), Judging(Broken()), lambda step: None, at_once=2)
