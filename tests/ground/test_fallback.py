"""Several models for one question: who fails before the first word is followed by the next."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hydrophone.catalog import Catalog
from hydrophone.catalog.fallback import Attempt, first_that_answers
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidModel, InvalidRequest, RateLimited, UpstreamError
from hydrophone.ports import Answerer
from hydrophone.scripted import ScriptedAnswerer, ScriptItem, instant
from hydrophone.stream import StreamRules
from hydrophone.types import (
    Event,
    Failed,
    Finished,
    Notice,
    Question,
    RequestContext,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    TextPart,
    Turn,
    Usage,
)

FIRST = Source(1, SearchResult("https://a.example", "A", ""))
SECOND = Source(1, SearchResult("https://b.example", "B", ""))
STEP = Step("s", "web_search", queries=("q",))
ENDED = StepResult("s")
END = Finished("stop", Usage())
GONE = UpstreamError("gone")
ANSWER: tuple[ScriptItem, ...] = (STEP, ENDED, Sources((SECOND,), complete=True), Text("B."), END)


async def events_of(
    *scripts: Sequence[ScriptItem], whole: bool = False
) -> tuple[list[Event], list[ScriptedAnswerer]]:
    context = RequestContext(whole=whole)
    answerers = [ScriptedAnswerer(script) for script in scripts]
    question = Question((Turn("user", (TextPart("q"),)),), "m0")

    def attempt(number: int) -> Attempt:
        return Attempt(f"m{number}", lambda: answerers[number].answer(question, context))

    attempts = [attempt(number) for number in range(len(answerers))]
    async with first_that_answers(attempts) as events:
        found = [event async for event in events]
    StreamRules(found)  # one stream, by the rules of all
    return found, answerers


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "streamed"])
async def test_the_next_one_answers_and_numbers_its_sources_anew(whole: bool) -> None:
    broken = (STEP, ENDED, Sources((FIRST,), complete=True), GONE)
    found, _ = await events_of(broken, ANSWER, whole=whole)
    assert found == [
        STEP,
        ENDED,
        Notice("downgrade", "'m0' could not answer (gone): 'm1' answers instead."),
        Step("1.s", "web_search", queries=("q",)),
        StepResult("1.s"),
        Sources((SECOND,), complete=True),
        Text("B."),
        Finished("stop", Usage(), "m1"),
    ]


async def test_the_first_one_that_answers_is_the_only_one_that_is_asked() -> None:
    found, answerers = await events_of(ANSWER, ANSWER)
    assert found == [item for item in ANSWER if not isinstance(item, float)]
    assert [len(answerer.questions) for answerer in answerers] == [1, 0]


async def test_who_has_begun_to_speak_is_not_followed() -> None:
    found, answerers = await events_of((Sources(complete=True), Text("A"), GONE), ANSWER)
    assert isinstance(found[-1], Failed)
    assert not answerers[1].questions


async def test_the_last_one_fails_for_all() -> None:
    found, _ = await events_of((GONE,), (GONE,), (UpstreamError("gone too"),))
    assert [type(event) for event in found] == [Notice, Notice, Failed]
    assert isinstance(found[-1], Failed)
    assert found[-1].message == "gone too"


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (GONE, 1),
        (RateLimited("later", retry_after_s=1), 1),
        (InvalidModel("no such model"), 1),
        (RuntimeError("a defect"), 1),
        (InvalidRequest("not so"), 0),
    ],
)
async def test_what_is_wrong_with_the_question_is_nothing_to_ask_another_for(
    error: Exception, asked: int
) -> None:
    _, answerers = await events_of((error,), ANSWER)
    assert len(answerers[1].questions) == asked


async def test_a_request_that_is_cancelled_ends_with_that() -> None:
    context = RequestContext()
    first, second = ScriptedAnswerer((STEP, 60.0)), ScriptedAnswerer(ANSWER)
    question = Question((Turn("user", (TextPart("q"),)),), "a")
    attempts = [
        Attempt("a", lambda: first.answer(question, context)),
        Attempt("b", lambda: second.answer(question, context)),
    ]
    async with first_that_answers(attempts) as events:
        found = []
        async for event in events:
            found.append(event)
            context.cancel.cancel()
    assert isinstance(found[-1], Failed)
    assert found[-1].code == "cancelled"
    assert (first.stopped, len(second.questions)) == (1, 0)


async def test_leaving_stops_the_one_that_works() -> None:
    slow = ScriptedAnswerer((Sources(complete=True), Text("A"), 60.0))
    question = Question((Turn("user", (TextPart("q"),)),), "a")
    attempts = [Attempt("a", lambda: slow.answer(question, RequestContext()))]
    async with first_that_answers(attempts) as events:
        await anext(events)
    assert slow.stopped == 1


async def test_the_catalog_asks_the_fallbacks_of_a_question_each_once() -> None:
    built: list[Profile] = []

    def engine(profile: Profile) -> Answerer:
        built.append(profile)
        return ScriptedAnswerer([GONE]) if len(built) == 1 else instant("second")

    catalog = Catalog(engine)
    question = Question((Turn("user", (TextPart("q"),)),), "sonar", ("sonar", "sonar-pro"))
    async with catalog.answer(question, RequestContext()) as events:
        found = [event async for event in events]
    assert Text("second") in found
    assert found[-1] == Finished("stop", Usage(), "sonar-pro")
    assert len(built) == 2
    assert not catalog.resumes(question)
