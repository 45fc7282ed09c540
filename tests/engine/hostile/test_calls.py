"""Calls of functions: those that the caller offers, piece by piece, and no others."""

from __future__ import annotations

from hydrophone.engine.hostile.calls import CallPass
from hydrophone.types import FunctionTool, ToolCallDelta, Tools

OFFERED = Tools((FunctionTool("look_up"),))


def test_a_call_of_an_offered_function_passes_in_its_pieces() -> None:
    calls = CallPass(OFFERED)
    assert calls.lets(ToolCallDelta(0, "a", "look_up", ""))
    assert calls.lets(ToolCallDelta(0, arguments='{"q":'))
    assert (calls.passed, calls.left_out) == (1, 0)


def test_no_piece_of_another_call_passes() -> None:
    calls = CallPass(OFFERED)
    assert not calls.lets(ToolCallDelta(1, "a", "send_email", ""))
    assert not calls.lets(ToolCallDelta(1, arguments="{}"))
    assert not calls.lets(ToolCallDelta(2, arguments="{}"))
    assert (calls.passed, calls.left_out) == (0, 1)


def test_a_call_cannot_change_its_name_on_the_way() -> None:
    calls = CallPass(OFFERED)
    assert calls.lets(ToolCallDelta(0, "a", "look_up", ""))
    assert not calls.lets(ToolCallDelta(0, "a", "send_email", ""))


def test_where_the_caller_wants_no_calls_none_passes() -> None:
    calls = CallPass(Tools(OFFERED.functions, choice="none"))
    assert not calls.lets(ToolCallDelta(0, "a", "look_up", "{}"))
