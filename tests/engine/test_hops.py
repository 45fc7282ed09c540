"""The second step: what the best sentence leads to is quoted behind it."""

from __future__ import annotations

from dataclasses import replace

from hydrophone.engine.choose import Thresholds, choose
from hydrophone.engine.engine import Engine
from hydrophone.engine.hops import with_second_step
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.rounds import LED_TO
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.research.notes import RuleNotes
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import ask
from tests.engine.material import Scores, asked, source, write
from tests.engine.research.desk import Sea, told_by

SURE = Thresholds(answer=0.5, coverage=0.0, margin=0.3)
QUESTION = "Where was the builder of the Sea Hall born?"
HALL = source(1, "The Sea Hall was built by Ada Quill.", "The hall is very large.")
QUILL = source(2, "Ada Quill was born in Port Aurelia.", "Ada Quill wrote nine books.")


class Second(Scores):
    """Knows Ada Quill's birth for an answer only when her name is asked for."""

    async def score(self, query, texts):  # type: ignore[no-untyped-def]
        known = {"built by": 0.9} if "Ada Quill" not in query else {"born": 0.9, "built": 0.8}
        return [next((s for word, s in known.items() if word in text), 0.0) for text in texts]


async def chosen(profile: Profile, *, answer: float = 0.5) -> list[str]:
    thresholds = replace(SURE, answer=answer)
    reranker = Second({})
    first = await choose(QUESTION, [HALL, QUILL], profile, reranker, thresholds)
    both = await with_second_step(QUESTION, first, [HALL, QUILL], profile, reranker, thresholds)
    assert both.ranked[: len(first.ranked)] == first.ranked
    return [sentence.text for sentence in both.sentences]


async def test_what_the_best_sentence_leads_to_comes_behind_it() -> None:
    sentences = await chosen(Profile(sentences=1))
    assert sentences[:2] == [HALL.result.passages[0].text, QUILL.result.passages[0].text]
    assert len(sentences) == len(set(sentences)) <= 3


async def test_where_nothing_answers_nothing_is_added() -> None:
    assert len(await chosen(Profile(sentences=1), answer=2.0)) <= 2


async def test_only_a_deeper_search_takes_the_second_step() -> None:
    writer = QuoteWriter(Second({}), WordCounter(), SURE)
    question = asked(QUESTION)
    once = await write(writer, question, [HALL, QUILL], Profile(sentences=1))
    deep = await write(writer, question, [HALL, QUILL], Profile(sentences=1, rounds=2))
    assert "Port Aurelia" not in once.text
    assert "Ada Quill was born in Port Aurelia. [2]" in deep.text


async def test_what_is_answered_is_searched_for_once_more_with_its_best_sentence() -> None:
    sea = Sea({"hall": HALL.result, "quill": QUILL.result})
    profile = Profile(sentences=1, rounds=4)
    reranker = Second({})
    writer = QuoteWriter(reranker, WordCounter(), SURE)
    notes = RuleNotes(reranker, SURE)
    told = await told_by(Engine(sea, writer, profile, deadline_s=30, notes=notes), ask(QUESTION))
    assert sea.asked == [QUESTION, f"{QUESTION} {HALL.result.passages[0].text}"]
    assert "Ada Quill was born in Port Aurelia. [2]" in told.text
    assert told.steps[-1].thought == LED_TO


async def test_what_is_not_answered_is_searched_for_with_what_comes_nearest() -> None:
    sea = Sea({"hall": HALL.result})
    reranker = Second({})
    notes = RuleNotes(reranker, replace(SURE, answer=2.0))
    standing = await notes.standing(QUESTION, [HALL.result], Profile())
    assert standing.unanswered == (QUESTION,)
    assert standing.leads == (f"{QUESTION} {HALL.result.passages[0].text}",)
    writer = QuoteWriter(reranker, WordCounter(), SURE)
    profile = Profile(sentences=1, rounds=2, queries=3)
    await told_by(Engine(sea, writer, profile, deadline_s=30, notes=notes), ask(QUESTION))
    assert sea.asked[1] == standing.leads[0]
