"""What several tests of this room share: requests, and the models that ship."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from hydrophone.llm.base import ModelRequest
from hydrophone.llm.embedder import OnnxEmbedder
from hydrophone.llm.files import BGE_SMALL_EN, MS_MARCO_MINILM, find_model_files
from hydrophone.llm.openai import Limits, OpenAIModel
from hydrophone.llm.reranker import CrossEncoder
from hydrophone.types import Secret, TextPart, Turn

QUICK = Limits(connect_s=2.0, first_byte_s=5.0, backoff_s=0.01)


@pytest.fixture
def request_() -> ModelRequest:
    return ModelRequest("tiny", (Turn("user", (TextPart("Say hello."),)),), deadline_s=5.0)


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., OpenAIModel]]:
    """Makes models that are closed after the test; quick limits unless told."""
    models: list[OpenAIModel] = []

    def make(url: str, *, key: str | None = None, limits: Limits = QUICK) -> OpenAIModel:
        secret = Secret(key) if key is not None else None
        models.append(OpenAIModel(url, key=secret, limits=limits))
        return models[-1]

    yield make
    for model in models:
        await model.close()


@pytest.fixture
async def embedder() -> AsyncIterator[OnnxEmbedder]:
    embedder = OnnxEmbedder(find_model_files(BGE_SMALL_EN))
    yield embedder
    await embedder.close()


@pytest.fixture
async def cross_encoder() -> AsyncIterator[CrossEncoder]:
    reranker = CrossEncoder(find_model_files(MS_MARCO_MINILM), threads=2)
    yield reranker
    await reranker.close()
