"""Listening to an answerer."""

from __future__ import annotations

import pytest

from hydrophone.errors import UpstreamError
from hydrophone.evaluation.answers.engine import EngineAsker
from hydrophone.evaluation.answers.questions import turn
from hydrophone.scripted import ScriptedAnswerer
from hydrophone.types import (
    Citation,
    Finished,
    Notice,
    Revision,
    Sources,
    SourceSpan,
    Text,
    ToolCallDelta,
    Usage,
)
from tests.evaluation.answers.made import asked, source

QUOTE = Citation(1, "p", None, SourceSpan("v", 0, 3), "Two", "exact")


async def test_all_that_a_measure_needs_is_heard() -> None:
    script = [
        Sources((source(1, "One"),)),
        Notice("not_in_sources", "?"),
        Sources((source(2, "Two"),), complete=True),
        Text("It "),
        Text("is."),
        QUOTE,
        ToolCallDelta(0, name="mail"),
        Finished("stop", Usage(prompt_tokens=4, completion_tokens=2, search_queries=1)),
    ]
    answerer = ScriptedAnswerer(script)
    turns = (turn("user", "a"), turn("agent", "b"), turn("user", "c"))
    found = await EngineAsker(answerer, "sonar", lambda meter: 0.25).ask(asked(turns=turns))
    assert answerer.questions[0].turns == turns
    assert answerer.questions[0].model == "sonar"
    assert (found.text, found.citations, found.abstained) == ("It is.", (QUOTE,), True)
    assert [one.n for one in found.sources] == [1, 2]
    assert found.tool_calls == ("mail",)
    assert found.spent == {
        "prompt_tokens": 4,
        "completion_tokens": 2,
        "model_calls": 0,
        "search_queries": 1,
        "cost_usd": 0.25,
    }
    first, text = found.times.first_source_s, found.times.first_text_s
    assert first is not None
    assert text is not None
    assert 0 < first <= text <= found.times.end_s


async def test_a_revision_replaces_what_was_said() -> None:
    script = [Sources((source(1, "One"),), complete=True), Text("No."), Revision("Yes.", (QUOTE,))]
    found = await EngineAsker(ScriptedAnswerer([*script, Finished("stop", Usage())]), "x").ask(
        asked()
    )
    assert (found.text, found.citations, found.abstained) == ("Yes.", (QUOTE,), False)


async def test_a_failure_is_the_error_of_the_reply() -> None:
    found = await EngineAsker(ScriptedAnswerer([UpstreamError("broken")]), "x").ask(asked())
    assert (found.error, found.text, found.times.first_text_s) == ("broken", "", None)
    assert "cost_usd" not in found.spent


@pytest.mark.parametrize("sources", [(), (source(1, "One"),)])
async def test_without_sources_there_is_no_time_of_the_first(sources: tuple[object, ...]) -> None:
    script = [Sources(sources, complete=True), Text("x"), Finished("stop", Usage())]  # type: ignore[arg-type]
    found = await EngineAsker(ScriptedAnswerer(script), "x").ask(asked())
    assert (found.times.first_source_s is None) == (not sources)
