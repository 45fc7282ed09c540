"""What was said until now, as the turns before the next question."""

from __future__ import annotations

from dataclasses import replace

from hydrophone.api.responses.conversation import conversation
from hydrophone.types import (
    Finished,
    MediaPart,
    Passage,
    Question,
    Revision,
    SearchResult,
    Source,
    Sources,
    Text,
    TextPart,
    ToolCall,
    ToolCallDelta,
    Turn,
    Usage,
    ask,
)

PASSAGE = Passage("1", "Whales sing.", "0" * 64, 0, 12)
RESULT = SearchResult("https://a.example/", "A", "Whales sing.", passages=(PASSAGE,))
SOURCE = Source(1, RESULT)
END = Finished("stop", Usage())


def test_the_answer_follows_with_its_numbered_sources() -> None:
    events = [Sources((SOURCE,), complete=True), Text("They "), Text("do. [1]"), END]
    user, answer = conversation(ask("Do whales sing?"), events)
    assert user == Turn("user", (TextPart("Do whales sing?"),))
    assert (answer.role, answer.text) == ("assistant", "They do. [1]")
    assert answer.sources == (Source(1, replace(RESULT, passages=())),)


def test_a_revision_is_what_was_said() -> None:
    events = [Sources(complete=True), Text("They don't."), Revision("They do.", ()), END]
    assert conversation(ask("?"), events)[-1].text == "They do."


def test_calls_of_functions_are_put_together() -> None:
    events = [
        ToolCallDelta(1, "c2", "depth", "{}"),
        ToolCallDelta(0, "c1", "length", '{"a"'),
        ToolCallDelta(0, arguments=":1}"),
        Finished("tool_calls", Usage()),
    ]
    answer = conversation(ask("?"), events)[-1]
    assert answer.tool_calls == (ToolCall("c1", "length", '{"a":1}'), ToolCall("c2", "depth", "{}"))
    assert answer.parts == ()


def test_instructions_do_not_go_on_and_other_system_turns_do() -> None:
    system = Turn("system", (TextPart("Be brief."),))
    user = Turn("user", (TextPart("?"),))
    question = Question((system, user), "sonar", echo={"fields": {"instructions": "Be brief."}})
    said = conversation(question, [Sources(complete=True), Text("!"), END])
    assert [turn.role for turn in said] == ["user", "assistant"]
    other = replace(question, echo={"fields": {"instructions": "Be kind."}})
    assert conversation(other, [END])[0] == system
    assert conversation(replace(question, echo=None), [END])[0] == system


def test_files_do_not_go_on_and_addresses_do() -> None:
    file = MediaPart("file", data=b"bytes", name="a.txt")
    picture = MediaPart("image", url="https://a.example/a.png")
    turns = (
        Turn("user", (file,)),
        Turn("user", (TextPart("What is in it?"), file, picture)),
    )
    said = conversation(Question(turns, "sonar"), [Sources(complete=True), Text("Air."), END])
    assert said[0].parts == (TextPart("What is in it?"), picture)
    assert [turn.role for turn in said] == ["user", "assistant"]


def test_an_empty_answer_is_no_turn_and_an_empty_result_is_one() -> None:
    result = Turn("tool", (), tool_call_id="c1")
    said = conversation(Question((*ask("?").turns, result), "sonar"), [END])
    assert [turn.role for turn in said] == ["user", "tool"]
