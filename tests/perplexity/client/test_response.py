"""The steps of an answer, kept beyond the next."""

from __future__ import annotations

from hydrophone.perplexity import AsyncPerplexity, ConversationConfig
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService


async def test_kept_steps_stay_as_they_were_when_the_text_is_revised(
    service: WebService, client: AsyncPerplexity
) -> None:
    pieces = ("See [1] ", "and [2]", " and more")
    service.state.scripts = [Script(pieces=pieces, last="Other [2] text.")]
    conversation = client.create_conversation(ConversationConfig(citation_mode="default"))
    shown = []
    kept = []
    async for step in await conversation.ask("What?", stream=True):
        kept.append(step)
        shown.append((step.answer, step.chunks, step.last_chunk, step.search_results))
    assert [(s.answer, s.chunks, s.last_chunk, s.search_results) for s in kept] == shown
    text = "See [1] and [2] and more"
    assert [step.answer for step in kept if not step.revised and step.delta] == [
        text[:8],
        text[:15],
        text,
    ]
    assert any(step.revised for step in kept)
    assert kept[-1].answer == conversation.answer == "Other [2] text."
    assert kept[-1].last_chunk == kept[-1].chunks[-1]
