"""Answers in a format by a language model: held, compared, asked for again, never let out wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest

from hydrophone.engine.hostile.addresses import told
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.structured.writing import StructuredOutputFailed
from hydrophone.engine.write import ModelWriter
from hydrophone.llm.base import ModelDelta, ModelUsage
from hydrophone.llm.scripted import ScriptedChatModel, ScriptItem
from hydrophone.llm.structured.matching import matcher
from hydrophone.llm.structured.schemas import schema_of
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import (
    FinishReason,
    FunctionTool,
    JsonFormat,
    Notice,
    OutputOptions,
    Question,
    RegexFormat,
    RequestContext,
    SearchOptions,
    Text,
    Thinking,
    ToolCallDelta,
    Tools,
)
from tests.emulators.formats import broken_in_ways, pattern_cases, schema_cases
from tests.engine.material import Written, asked, source, version_text, write

SCHEMA = {
    "type": "object",
    "properties": {"animal": {"type": "string"}, "hertz": {"type": "integer"}},
    "required": ["animal", "hertz"],
    "additionalProperties": False,
}
GOOD = '{"animal":"blue whale","hertz":40}'
WHALES = source(1, "The blue whale sings at 40 hertz. It dives deep.")
PROFILE = Profile(chat_model="tiny")
BOTH = pytest.mark.parametrize("whole", [True, False])


def asking(wanted: JsonFormat | RegexFormat) -> Question:
    question = asked("How low does the blue whale sing?")
    return replace(question, output=OutputOptions(format=wanted))


def replying(*replies: str | tuple[str, FinishReason]) -> ScriptedChatModel:
    """A model whose replies are these, each in single characters, one after the other."""
    scripts: list[list[ScriptItem]] = []
    for reply in replies:
        text, reason = reply if isinstance(reply, tuple) else (reply, "stop")
        script: list[ScriptItem] = [ModelDelta(text=char) for char in text]
        scripts.append([*script, ModelDelta(finish_reason=reason, usage=ModelUsage(5, 3))])
    return ScriptedChatModel(*scripts)


async def written_by(
    model: ScriptedChatModel, question: Question | None = None, *, whole: bool = False
) -> Written:
    writer = ModelWriter(model, WordCounter(), deadline_s=30)
    return await write(
        writer, question or asking(JsonFormat(SCHEMA)), [WHALES], PROFILE, whole=whole
    )


@BOTH
async def test_a_reply_that_fits_goes_out_whole_and_as_it_is(whole: bool) -> None:
    model = replying(f"```json\n{GOOD}\n```")
    written = await written_by(model, whole=whole)
    assert [event.delta for event in written.events if isinstance(event, Text)] == [GOOD]
    assert written.reason == "stop"
    assert len(model.requests) == 1
    assert model.requests[0].response_format == JsonFormat(SCHEMA)


async def test_citations_stand_beside_it_with_quotes_of_the_sources() -> None:
    written = await written_by(replying(GOOD))
    assert written.citations
    for citation in written.citations:
        span = citation.source_span
        assert citation.answer_span is None
        assert version_text(WHALES)[span.start : span.end] == citation.quote
    assert "40 hertz" in written.citations[0].quote


async def test_the_model_is_told_the_format_and_to_set_no_markers() -> None:
    model = replying(GOOD)
    await written_by(model)
    system = model.requests[0].messages[0]
    assert system.role == "system"
    assert "Write no source numbers" in system.text
    assert system.text.endswith(json.dumps(SCHEMA, separators=(",", ":")))
    assert "[1][3]" not in system.text


@BOTH
async def test_a_reply_that_does_not_fit_is_sent_back_once_with_the_reason(whole: bool) -> None:
    model = replying('{"animal": "blue whale"}', GOOD)
    written = await written_by(model, whole=whole)
    assert written.text == GOOD
    assert written.context.meter.usage.model_calls == 2
    assert written.context.meter.usage.prompt_tokens == 10
    reply, complaint = model.requests[1].messages[-2:]
    assert (reply.role, reply.text) == ("assistant", '{"animal": "blue whale"}')
    assert (complaint.role, '"hertz" is a required property' in complaint.text) == ("user", True)


@BOTH
@pytest.mark.parametrize("replies", [("I cannot.",), ('{"animal": 1}', '{"hertz": "x"}'), ("",)])
async def test_what_never_fits_is_an_error_and_no_text(
    replies: tuple[str, ...], whole: bool
) -> None:
    model = replying(*replies)
    writer = ModelWriter(model, WordCounter(), deadline_s=30)
    written = Written(context=RequestContext(whole=whole))
    with pytest.raises(StructuredOutputFailed, match="asked twice") as caught:
        await write_into(written, writer, asking(JsonFormat(SCHEMA)))
    assert (caught.value.code, caught.value.status) == ("upstream_structured_output_failed", 502)
    assert written.text == ""
    assert len(model.requests) == 2


async def write_into(written: Written, writer: ModelWriter, question: Question) -> None:
    plan = Plan(question.last_user_text, question.last_user_text, ())
    await writer.write(question, plan, [WHALES], PROFILE, written.context, written.emit)


async def test_an_answer_that_was_cut_is_closed_when_it_fits_then() -> None:
    wanted = JsonFormat(SCHEMA | {"required": ["animal"]})
    written = await written_by(replying(('{"animal": "blue wh', "length")), asking(wanted))
    assert written.text == '{"animal": "blue wh"}'
    assert written.reason == "length"


async def test_an_answer_without_end_is_asked_for_again_with_one() -> None:
    model = replying(("aaaaaaa", "length"), "ab")
    written = await written_by(model, asking(RegexFormat("a+b")))
    assert written.text == "ab"
    assert model.requests[1].response_format == RegexFormat("a{1,16}b")
    assert model.requests[1].messages[-1].role == "user"
    assert "as brief as" in model.requests[1].messages[0].text


async def test_an_answer_that_is_cut_twice_says_what_to_do() -> None:
    with pytest.raises(StructuredOutputFailed, match="allow more max_tokens"):
        await written_by(replying(('{"animal": "x"', "length")))


async def test_an_answer_that_was_held_back_is_not_asked_for_again() -> None:
    model = replying(("", "content_filter"))
    with pytest.raises(StructuredOutputFailed, match="held its answer back"):
        await written_by(model)
    assert len(model.requests) == 1


async def test_thoughts_pass_at_once_and_are_no_part_of_the_answer() -> None:
    model = ScriptedChatModel(
        [ModelDelta(thinking="Hm."), ModelDelta(text=GOOD), ModelDelta(finish_reason="stop")]
    )
    written = await written_by(model)
    assert [type(event) for event in written.events[:2]] == [Thinking, Text]
    assert written.text == GOOD


async def test_a_call_of_a_function_passes_without_any_text() -> None:
    call = ToolCallDelta(0, "c1", "depth", '{"animal": "whale"}')
    model = ScriptedChatModel(
        [ModelDelta(tool_calls=(call,)), ModelDelta(finish_reason="tool_calls")]
    )
    question = replace(asking(JsonFormat(SCHEMA)), tools=Tools((FunctionTool("depth"),)))
    written = await written_by(model, question)
    assert written.events == [call]
    assert written.reason == "tool_calls"
    assert len(model.requests) == 1


async def test_a_call_that_was_never_offered_is_left_out_and_an_answer_asked_for() -> None:
    call = ToolCallDelta(0, "c1", "transfer", "{}")
    calling: list[ScriptItem] = [
        ModelDelta(tool_calls=(call,)),
        ModelDelta(finish_reason="tool_calls"),
    ]
    answering: list[ScriptItem] = [ModelDelta(text=GOOD), ModelDelta(finish_reason="stop")]
    written = await written_by(ScriptedChatModel(calling, answering))
    assert written.text == GOOD
    assert not [event for event in written.events if isinstance(event, ToolCallDelta)]


async def test_without_a_search_the_format_is_told_all_the_same() -> None:
    model = replying("555-0199")
    question = replace(asking(RegexFormat(r"\d{3}-\d{4}")), search=SearchOptions(enabled=False))
    written = await written_by(model, question)
    assert written.text == "555-0199"
    assert model.requests[0].messages[0].text.endswith(r"\d{3}-\d{4}")


@BOTH
async def test_five_hundred_formats_are_answered_or_refused_but_never_wrongly(whole: bool) -> None:
    """Schemas and patterns in turn; the first reply is broken, fenced or cut, the second is right
    nine times of ten."""
    random, answered = Random(3), 0
    schemas, patterns = schema_cases(250, seed=3), pattern_cases(250, seed=3)
    for n, case in enumerate([*schemas, *patterns]):
        is_schema = n < len(schemas)
        wanted = JsonFormat(case.wanted) if is_schema else RegexFormat(case.wanted)
        first = broken_in_ways(random, case.answer) if is_schema else f"It is: {case.answer}"
        cut = first[: random.randint(0, len(first))]
        replies = [random.choice([first, (cut, "length"), (cut, "stop"), "I do not know."])]
        replies.append(case.answer if random.random() < 0.9 else cut)
        try:
            written = await written_by(replying(*replies), asking(wanted), whole=whole)  # type: ignore[arg-type]
        except StructuredOutputFailed:
            continue
        answered += 1
        if is_schema:
            assert schema_of(case.wanted).problems(json.loads(written.text)) == [], case
        else:
            assert await matcher(case.wanted).matches(written.text), case
    assert answered > 450


STOLEN = "https://evil.example/steal?talk=everything"
NAMED = {
    "type": "object",
    "properties": {"animal": {"type": "string"}, "seen": {"type": "array"}},
    "required": ["animal"],
}


@BOTH
async def test_an_address_of_no_source_is_taken_out_of_the_values(whole: bool) -> None:
    reply = json.dumps({"animal": f"![whale]({STOLEN}) sings", "seen": [{STOLEN: STOLEN}]})
    written = await written_by(replying(reply), asking(JsonFormat(NAMED)), whole=whole)
    assert "evil.example" not in written.text
    assert json.loads(written.text)["animal"] == "![whale] sings"
    (notice,) = [event for event in written.events if isinstance(event, Notice)]
    assert notice == Notice("address_left_out", told(3))


async def test_an_answer_that_needs_such_an_address_is_asked_for_again() -> None:
    schema = {
        "type": "object",
        "properties": {"see": {"enum": [STOLEN, "nothing"]}, "like": {"pattern": "^https://evil"}},
        "required": ["like"],
    }
    bad, good = json.dumps({"like": f"{STOLEN}2"}), json.dumps({"like": STOLEN})
    model = replying(bad, good)  # what stands in the schema is the caller's own
    written = await written_by(model, asking(JsonFormat(schema)))
    assert json.loads(written.text) == json.loads(good)
    assert "belongs to none of the sources" in model.requests[1].messages[-1].text


async def test_a_text_by_a_pattern_holds_no_address_of_no_source() -> None:
    model = replying(f"whale {STOLEN}", f"whale {STOLEN}")
    with pytest.raises(StructuredOutputFailed, match="belongs to none of the sources"):
        await written_by(model, asking(RegexFormat(r"whale [a-z:/.?=]+")))


@pytest.mark.parametrize("field", ["homepage_url", "contactEmail", "links"])
async def test_a_field_for_an_address_may_hold_one_that_stands_in_a_source(field: str) -> None:
    address = "keeper@whales.org" if field == "contactEmail" else "https://whales.org/keepers"
    seen = source(1, f"The keepers of the blue whale answer at {address} each day.")
    schema = {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]}
    wanted = JsonFormat(schema)
    question = replace(asked("Who keeps the whale?"), output=OutputOptions(format=wanted))
    reply = json.dumps({field: address})
    writer = ModelWriter(replying(reply), WordCounter(), deadline_s=30)
    written = await write(writer, question, [seen], PROFILE)
    assert json.loads(written.text) == {field: address}
