"""A real language model in llama.cpp: what is sent is understood, and answers have their format.

It is made by scripts/small_model.py, and too small to answer anything; where it is missing these
tests skip.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import regex

from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.structured.writing import StructuredOutputFailed
from hydrophone.engine.write import ModelWriter
from hydrophone.llm.base import ModelRequest
from hydrophone.llm.openai import Limits, OpenAIModel
from hydrophone.llm.structured.schemas import schema_of
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import (
    JsonFormat,
    OutputOptions,
    Question,
    RegexFormat,
    RequestContext,
    Sampling,
    SearchOptions,
    Text,
    TextPart,
    Turn,
)
from scripts.small_model import model_file, python
from tests.emulators.formats import Case, pattern_cases, schema_cases
from tests.engine.material import Written

SERVER = Path(__file__).parent.parent / "emulators" / "small_model_server.py"
# Less would cut off what only a limit of tokens ends, even asked for briefly.
MAX_TOKENS = 320
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    path = model_file()
    if path is None:
        pytest.skip("the small model is missing: `make small-model` makes it")
    with subprocess.Popen(
        [python(), SERVER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


@pytest.fixture
async def model(address: str) -> AsyncIterator[OpenAIModel]:
    model = OpenAIModel(address, limits=Limits(first_byte_s=250))
    yield model
    await model.close()


async def answered(model: OpenAIModel, wanted: JsonFormat | RegexFormat) -> str | None:
    """The text of an answer in the format; None when the model did not manage it."""
    [name] = await model.models()
    question = Question(
        turns=(Turn("user", (TextPart("Tell me about whales."),)),),
        model="default",
        search=SearchOptions(enabled=False),
        output=OutputOptions(
            format=wanted, max_tokens=MAX_TOKENS, sampling=Sampling(temperature=0.0, seed=1)
        ),
    )
    written = Written(context=RequestContext(whole=True))
    writer = ModelWriter(model, WordCounter(), deadline_s=250)
    profile = Profile(chat_model=name)
    try:
        await writer.write(question, Plan("", "", ()), (), profile, written.context, written.emit)
    except StructuredOutputFailed:
        assert not [event for event in written.events if isinstance(event, Text)]
        return None
    return written.text


async def failures_of_schemas(model: OpenAIModel, cases: Sequence[Case]) -> list[Case]:
    """Those that the model did not manage; what it managed fits."""
    failed: list[Case] = []
    for case in cases:
        text = await answered(model, JsonFormat(case.wanted))
        if text is None:
            failed.append(case)
        else:
            assert schema_of(case.wanted).problems(json.loads(text)) == [], case
    return failed


async def failures_of_patterns(model: OpenAIModel, cases: Sequence[Case]) -> list[Case]:
    """Those that the model did not manage; what it managed matches."""
    failed: list[Case] = []
    for case in cases:
        text = await answered(model, RegexFormat(case.wanted))
        if text is None:
            failed.append(case)
        else:
            assert regex.fullmatch(case.wanted, text, regex.ASCII), (case, text)
    return failed


async def test_a_real_model_streams(model: OpenAIModel) -> None:
    [name] = await model.models()
    hello = Turn("user", (TextPart("Say hello."),))
    request = ModelRequest(name, (hello,), max_tokens=8, deadline_s=200)
    async with model.stream(request) as deltas:
        seen = [delta async for delta in deltas]
    assert "".join(delta.text for delta in seen)
    assert seen[-1].usage is not None or seen[-2].usage is not None
    assert sum(delta.finish_reason is not None for delta in seen) == 1


async def test_a_real_model_answers_by_schemas(model: OpenAIModel) -> None:
    assert await failures_of_schemas(model, schema_cases(2, seed=2)) == []


@pytest.mark.parametrize("pattern", [r"\d{3}-\d{4}", "(?:blue|grey) whale", "[A-F][^a-z ]?"])
async def test_a_real_model_answers_by_patterns(model: OpenAIModel, pattern: str) -> None:
    assert await failures_of_patterns(model, [Case(pattern, "")]) == []


@pytest.mark.slow
@pytest.mark.timeout(5_400)
async def test_a_real_model_answers_by_250_schemas(model: OpenAIModel) -> None:
    assert await failures_of_schemas(model, schema_cases(250)) == []


@pytest.mark.slow
@pytest.mark.timeout(5_400)
async def test_a_real_model_answers_by_250_patterns(model: OpenAIModel) -> None:
    assert await failures_of_patterns(model, pattern_cases(250)) == []
