"""What a conversation goes on with, also when an answer was not read to its end."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.perplexity import AsyncPerplexity
from hydrophone.perplexity.errors import (
    RateLimitError,
    ResearchClarifyingQuestionsError,
    ResponseParsingError,
    StreamingError,
)
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.streams import frame, markdown

ASK = "/rest/sse/perplexity_ask"


def failing(code: str) -> Script:
    """An answer that fails in its midst."""
    failed = {"status": "failed", "error_code": code, "final_sse_message": True}
    return Script(frames=(frame(markdown("Half an answer")), failed))


def last_asked(service: WebService) -> Any:
    return service.state.asked(ASK)[-1].body["params"]


async def test_a_conversation_has_its_id_while_it_is_answered_and_when_it_is_left(
    service: WebService, client: AsyncPerplexity
) -> None:
    service.state.scripts = [Script(pieces=("One ", "two ", "three."), gap_s=0.05)]
    conversation = client.create_conversation()
    steps = aiter(await conversation.ask("Which?", stream=True))
    async for _ in steps:
        assert conversation.uuid is not None
        break
    await steps.aclose()
    left = conversation.uuid
    assert left is not None
    await conversation.ask("And then?")
    assert last_asked(service)["query_source"] == "followup"
    assert last_asked(service)["last_backend_uuid"] == left


async def test_what_broke_off_can_be_gone_on_with(
    service: WebService, client: AsyncPerplexity
) -> None:
    service.state.scripts = [Script(cut_after=3, is_gone=True), Script()]
    conversation = client.create_conversation()
    with pytest.raises(StreamingError) as broken:
        await conversation.ask("Which?")
    assert "session token" not in str(broken.value)
    assert conversation.uuid is not None
    await (await client.resume(conversation.uuid)).ask("Go on")
    assert last_asked(service)["last_backend_uuid"] == conversation.uuid


async def test_questions_of_research_can_be_answered(
    service: WebService, client: AsyncPerplexity
) -> None:
    service.state.scripts = [Script(questions=("Which year?",)), Script()]
    conversation = client.create_conversation()
    with pytest.raises(ResearchClarifyingQuestionsError):
        await conversation.ask("Whales?", "deep-research")
    asked = conversation.uuid
    await conversation.ask("2024", "deep-research")
    assert last_asked(service)["last_backend_uuid"] == asked


@pytest.mark.parametrize("code", ["RATE_LIMITED", "SOMETHING_ELSE"])
async def test_a_failed_answer_is_not_gone_on_with(
    service: WebService, client: AsyncPerplexity, code: str
) -> None:
    conversation = client.create_conversation()
    await conversation.ask("Which?")
    before = conversation.uuid
    service.state.scripts = [failing(code)]
    with pytest.raises((RateLimitError, ResponseParsingError)):
        await conversation.ask("And?")
    assert conversation.uuid == before


async def test_an_answer_that_fails_in_its_midst_is_not_asked_for_again(
    service: WebService, client: AsyncPerplexity
) -> None:
    conversation = client.create_conversation()
    await conversation.ask("Which?")
    service.state.scripts = [failing("GENERIC_FAILED_RESPONSE"), Script()]
    text = ""

    async def read() -> None:
        nonlocal text
        async for step in await conversation.ask("And?", stream=True):
            text += step.delta

    with pytest.raises(ResponseParsingError):
        await read()
    assert text == "Half an answer"
    assert len(service.state.asked(ASK)) == 2
