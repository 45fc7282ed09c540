"""What `text` holds is told apart: steps, a final answer with its sources, or an answer alone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hydrophone.perplexity.wire.decoder import Decoder
from tests.emulators.perplexity_web.streams import LAST, ROWS, frame, step, text_of

ANSWERS = (
    '{"capital": "Paris"}',
    '{"answer": "Paris", "confidence": 0.9}',
    '{"answer": 42}',
    '{"answer": {"city": "Paris"}}',
    "[1, 2, 3]",
    '[{"name": "Paris"}, {"name": "Rome"}]',
    '{\n  "capital": "Paris"\n}\n',
)
EACH = pytest.mark.parametrize("answer", ANSWERS)


def said(text: str) -> Decoder:
    decoder = Decoder()
    decoder.take(frame(state=LAST, text=text))
    return decoder


@EACH
def test_an_answer_that_is_json_stands_as_it_was_written(answer: str) -> None:
    assert said(answer).text == answer


@EACH
def test_an_answer_that_is_json_is_no_wrapping_of_the_final_step(answer: str) -> None:
    assert said(text_of(step("FINAL", answer=answer))).text == answer


@EACH
@pytest.mark.parametrize("wrapped", ["step", "alone"])
def test_an_answer_that_is_json_comes_out_of_its_wrapping_as_it_is(
    answer: str, wrapped: str
) -> None:
    inner = orjson.dumps({"answer": answer, "web_results": ROWS, "chunks": [answer]}).decode()
    decoder = said(text_of(step("FINAL", answer=inner)) if wrapped == "step" else inner)
    assert decoder.text == answer
    assert [one.url for one in decoder.results] == [row["url"] for row in ROWS]


@EACH
def test_json_that_grows_is_told_as_it_grows(answer: str) -> None:
    decoder, shown = Decoder(), ""
    for end in range(1, len(answer) + 1):
        update = decoder.take(frame(text=answer[:end]))
        assert not update.revised
        shown += update.delta
    assert shown + decoder.take(frame(state=LAST, text=answer)).delta == answer


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        text_of(step("SOMETHING_NEW", x=1)),
        text_of(step("FINAL", web_results=ROWS)),
        orjson.dumps({"web_results": ROWS}).decode(),
        text_of(step("FINAL", answer=orjson.dumps({"web_results": ROWS}).decode())),
    ],
)
def test_what_holds_no_answer_yet_is_none(text: str) -> None:
    assert said(text).text == ""


@pytest.mark.parametrize(
    "inner",
    [{"answer": "Paris"}, {"chunks": ["Pa", "ris"]}, {"answer": "", "chunks": ["Pa", "ris"]}],
)
def test_a_wrapping_may_hold_the_answer_alone(inner: dict[str, Any]) -> None:
    wrapped = orjson.dumps(inner).decode()
    assert said(wrapped).text == "Paris"
    assert said(text_of(step("FINAL", answer=wrapped))).text == "Paris"


def test_an_object_of_the_final_step_is_always_a_wrapping() -> None:
    assert said(text_of(step("FINAL", answer={"answer": "Paris", "more": 1}))).text == "Paris"


def test_an_answer_of_a_single_key_with_sources_beside_it_is_json_of_its_own() -> None:
    answer = '{"answer": "Paris"}'
    decoder = said(text_of(step("FINAL", answer=answer, web_results=ROWS)))
    assert decoder.text == answer
    assert len(decoder.results) == len(ROWS)
