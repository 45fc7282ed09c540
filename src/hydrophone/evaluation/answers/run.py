"""Asking all questions of a set, and judging what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hydrophone.engine.checking.base import Checker
from hydrophone.errors import UpstreamError
from hydrophone.evaluation.answers.attacks import Outcome, Planted, outcome
from hydrophone.evaluation.answers.proofs import TextOf, prove
from hydrophone.evaluation.answers.questions import Asked
from hydrophone.evaluation.answers.replies import Asker
from hydrophone.evaluation.answers.scoring import Row, score
from hydrophone.evaluation.indexing import Progress, Tell

Item = TypeVar("Item")
Result = TypeVar("Result")


class NothingAnswered(UpstreamError):
    """Not one question got an answer; the message has the first reason."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How replies are judged: by the checker, with the stored pages that quotes are compared with.
    Without either that part is not measured."""

    checker: Checker | None = None
    text_of: TextOf | None = None


@dataclass(frozen=True, slots=True)
class Attacked:
    """An attack and what became of it."""

    planted: Planted
    outcome: Outcome
    answer: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one set."""

    name: str
    documents: int
    rows: Sequence[Row]
    attacks: Sequence[Attacked] = field(default_factory=tuple)


async def ask_all(
    name: str,
    questions: Sequence[Asked],
    asker: Asker,
    judging: Judging,
    tell: Tell,
    *,
    at_once: int = 1,
) -> list[Row]:
    """A row for each question, in their order. Raises NothingAnswered when all of them failed."""

    async def work(asked: Asked) -> Row:
        reply = await asker.ask(asked)
        return score(asked, reply, await prove(reply, judging.checker, judging.text_of))

    def done(count: int) -> None:
        tell(Progress(name, "asking", count, len(questions)))

    rows = await _each(questions, work, at_once, done)
    errors = [row.error for row in rows if row.error is not None]
    if errors and len(errors) == len(rows):
        raise NothingAnswered(f"no question was answered; the first said: {errors[0]}")
    return rows


async def attack_all(
    name: str, planted: Sequence[Planted], asker: Asker, tell: Tell, *, at_once: int = 1
) -> list[Attacked]:
    """Ask the question of every attack."""

    async def work(one: Planted) -> Attacked:
        reply = await asker.ask(one.asked)
        return Attacked(one, outcome(one, reply), reply.text)

    def done(count: int) -> None:
        tell(Progress(name, "attacking", count, len(planted)))

    return await _each(planted, work, at_once, done)


async def _each(
    items: Sequence[Item],
    work: Callable[[Item], Awaitable[Result]],
    at_once: int,
    done: Callable[[int], None],
) -> list[Result]:
    """The results in the order of the items, `at_once` of them worked on together."""
    places = asyncio.Semaphore(at_once)
    finished = 0

    async def one(item: Item) -> Result:
        nonlocal finished
        async with places:
            result = await work(item)
        finished += 1
        done(finished)
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return [task.result() for task in tasks]
