"""What is asked when answers are measured, and which questions of a set are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.evaluation.rows import DataSetError
from hydrophone.types import Document, TextPart, Turn


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its history, and what is known of its answer.

    `answers` are right ones, any of which will do. `relevant` are the pages that answer it: URLs,
    or the ends of URLs from a slash on. `answerable` None: neither an answer nor silence is wrong.
    Questions of one `group`, such as a conversation, are not independent of each other.
    """

    id: str
    turns: tuple[Turn, ...]
    answers: tuple[str, ...] = ()
    relevant: tuple[str, ...] = ()
    answerable: bool | None = True
    group: str = ""

    @property
    def text(self) -> str:
        """What the last turn says."""
        return self.turns[-1].text


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """Questions, and the documents that they are asked about; none where those lie elsewhere."""

    name: str
    documents: Sequence[Document]
    questions: Sequence[Asked]


def turn(role: str, text: str) -> Turn:
    """A turn of plain text; whoever is not the user is the assistant."""
    return Turn("user" if role == "user" else "assistant", (TextPart(text),))


def chosen(data: AnswerSet, most: int | None, seed: int | None) -> AnswerSet:
    """The same set with its first `most` questions; with a seed so many drawn at random, in the
    order of the set."""
    count = len(data.questions)
    if most is None or most >= count:
        return data
    if seed is None:
        return replace(data, questions=data.questions[:most])
    drawn = sorted(random.Random(seed).sample(range(count), most))  # noqa: S311 - no secret
    return replace(data, questions=[data.questions[n] for n in drawn])


def elsewhere(data: AnswerSet) -> AnswerSet:
    """The questions alone, as an engine is asked that does not have the set's documents."""
    return AnswerSet(data.name, (), [replace(one, relevant=()) for one in data.questions])


def deprived(whole: AnswerSet, kept: AnswerSet, count: int, seed: int | None) -> AnswerSet:
    """`kept`, and `count` further questions of the whole set whose pages are taken out of it.

    They are unanswerable then. No page of theirs is one of a kept question. Raises DataSetError
    when there are not so many.
    """
    asked = {one.id for one in kept.questions}
    needed = {url for one in kept.questions for url in one.relevant}
    free = [
        one
        for one in whole.questions
        if one.id not in asked and one.relevant and needed.isdisjoint(one.relevant)
    ]
    if len(free) < count:
        raise DataSetError(
            f"{whole.name}: only {len(free)} further questions have pages of their own, and "
            f"{count} were to lose theirs; ask less of --without-gold, or set a lower --limit"
        )
    drawn = random.Random(seed or 0).sample(free, count)  # noqa: S311 - no secret
    lost = {url for one in drawn for url in one.relevant}
    silent = [
        replace(one, id=f"{one.id} without its pages", answers=(), relevant=(), answerable=False)
        for one in drawn
    ]
    documents = [one for one in whole.documents if one.url not in lost]
    return AnswerSet(kept.name, documents, [*kept.questions, *silent])
