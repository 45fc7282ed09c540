"""The items of the input, as turns."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from hydrophone.types import MediaPart, TextPart, ToolCall
from tests.api.agent.asking import WRITING, asked, refused

PNG = b"\x89PNG\r\n\x1a\nrest"
PNG_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
CALL = {"type": "function_call", "call_id": "c1", "name": "depth", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "315 m"}
ASKED = {"role": "user", "content": "How deep?"}


def turns_of(*items: Any) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in asked(input=list(items)).turns]


def test_messages_become_turns_with_or_without_their_type() -> None:
    assert turns_of(
        {"role": "developer", "content": "Be brief."},
        {"type": "message", **ASKED},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Deep."}]},
        {"role": "user", "content": [{"type": "input_text", "text": "How"}]},
        {"role": "user", "content": "exactly?"},
    ) == [
        ("system", "Be brief."),
        ("user", "How deep?"),
        ("assistant", "Deep."),
        ("user", "How\nexactly?"),
    ]


def test_a_call_and_its_result_become_a_call_of_the_assistant_and_a_turn_of_the_tool() -> None:
    _, called, result = asked(input=[ASKED, CALL, RESULT]).turns
    assert (called.role, called.tool_calls) == ("assistant", (ToolCall("c1", "depth", "{}"),))
    assert (result.role, result.text, result.tool_call_id) == ("tool", "315 m", "c1")


def test_calls_at_once_are_one_turn_and_their_results_several() -> None:
    items = [
        ASKED,
        CALL,
        {**CALL, "call_id": "c2"},
        RESULT,
        {**RESULT, "call_id": "c2", "output": [{"type": "input_text", "text": "7 m"}]},
    ]
    turns = asked(input=items).turns
    assert [turn.role for turn in turns] == ["user", "assistant", "tool", "tool"]
    assert [call.id for call in turns[1].tool_calls] == ["c1", "c2"]
    assert turns[3].text == "7 m"


def test_what_an_answer_had_can_be_sent_back_as_it_was() -> None:
    annotations = [{"type": "url_citation", "url": "https://a.example"}]
    part = {"type": "output_text", "text": "Deep.", "annotations": annotations, "logprobs": []}
    answered = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [part],
        "reasoning_content": "Hm.",
    }
    found = {"type": "search_results", "id": "sr_1", "queries": ["q"], "results": [{"id": 1}]}
    thought = {"type": "reasoning", "id": "r", "summary": []}
    back = turns_of(ASKED, found, thought, answered, ASKED)
    assert back == [("user", "How deep?"), ("assistant", "Deep."), ("user", "How deep?")]


def test_calls_of_mcp_tools_are_kept_with_what_came_of_them() -> None:
    made = {"id": "m1", "server_label": "s", "name": "depth", "arguments": "{}", "output": "315 m"}
    listed = {"type": "mcp_list_tools", "id": "l", "server_label": "s", "tools": []}
    assert turns_of(ASKED, listed, {"type": "mcp_call", **made}) == [
        ("user", "How deep?"),
        ("assistant", ""),
        ("tool", "315 m"),
    ]
    approval = {"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}
    assert refused(input=[ASKED, approval]) == (400, "input[1]")


def test_images_and_files_come_with_the_question() -> None:
    pdf = base64.b64encode(b"%PDF-1.7 x").decode()
    content = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": PNG_URI, "detail": "low"},
        {"type": "input_image", "image_url": "https://sea.example/a.png"},
        {"type": "input_file", "filename": "a.pdf", "file_data": pdf},
        {"type": "input_file", "file_url": "https://sea.example/b.pdf"},
    ]
    [turn] = asked(input=[{"role": "user", "content": content}]).turns
    assert turn.parts[0] == TextPart("What is this?")
    assert turn.parts[1] == MediaPart("image", "image/png", data=PNG)
    assert turn.parts[2] == MediaPart("image", url="https://sea.example/a.png")
    [document, linked] = turn.parts[3:]
    assert isinstance(document, MediaPart)
    assert (document.kind, document.name, document.data) == ("file", "a.pdf", b"%PDF-1.7 x")
    assert linked == MediaPart("file", url="https://sea.example/b.pdf")


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "nonsense"}, "input[1]"),
        (5, "input[1]"),
        ({**RESULT, "call_id": "c9"}, "input"),
        ({"role": "user", "content": [{"type": "nonsense"}]}, "input[1].content[0].type"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "input[1].content[0].text"),
        ({"role": "user", "content": [{"type": "input_image"}]}, "input[1].content[0]"),
        (
            {"role": "user", "content": [{"type": "input_image", "image_url": "?"}]},
            "input[1].content[0]",
        ),
        (
            {"role": "user", "content": [{"type": "input_file", "file_id": "f"}]},
            "input[1].content[0]",
        ),
    ],
)
def test_items_that_cannot_be_read_are_refused_with_their_place(item: Any, param: str) -> None:
    assert refused(WRITING, input=[ASKED, item]) == (400, param)


def test_some_user_has_to_ask_something() -> None:
    assert refused(input=[{"role": "system", "content": "Be brief."}]) == (400, "input")
