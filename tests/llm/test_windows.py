"""What endpoints tell of the window of their models."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.llm.openai import OpenAIModel
from tests.emulators.openai_model import ModelServer

LLAMA_CPP = {"owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}}


@pytest.mark.parametrize(
    ("card", "props", "tokens"),
    [
        ({}, None, None),
        ({"max_model_len": 4_096}, None, 4_096),
        ({"context_length": 32_768}, None, 32_768),
        ({"max_context_length": 32_768, "loaded_context_length": 4_096}, None, 4_096),
        (LLAMA_CPP, {"default_generation_settings": {"n_ctx": 2_048}}, 2_048),
        (LLAMA_CPP, None, None),
        (LLAMA_CPP, {"no": "settings"}, 131_072),
        ({"max_model_len": "many", "meta": None}, None, None),
    ],
)
async def test_the_window_is_read_wherever_it_is_told(
    card: dict[str, Any], props: dict[str, Any] | None, tokens: int | None
) -> None:
    async with ModelServer(card=card, props=props) as server:
        model = OpenAIModel(server.url)
        assert await model.context_tokens("tiny") == tokens
        await model.close()


async def test_of_several_models_the_asked_one_counts() -> None:
    async with ModelServer(models=("other", "tiny"), card={"max_model_len": 4_096}) as server:
        model = OpenAIModel(server.url)
        assert await model.context_tokens("tiny") == 4_096
        assert await model.context_tokens("a-stranger") is None
        await model.close()


async def test_an_endpoint_that_is_not_there_tells_nothing() -> None:
    async with ModelServer() as server:
        model = OpenAIModel(server.url)
    assert await model.context_tokens("tiny") is None
    await model.close()
