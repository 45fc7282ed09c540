"""The model of embeddings is opened by the first who asks."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hydrophone.app.doors.embedding import LateEmbedder
from hydrophone.errors import NotConfigured
from hydrophone.llm.onnx import ModelClosed
from hydrophone.ports import EmbeddingOrder
from hydrophone.settings import Settings
from hydrophone.types import RequestContext

ORDER = EmbeddingOrder("any", (("whale",),))


async def test_missing_files_are_told_with_what_to_install(tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path, data_dir=tmp_path)
    async with AsyncExitStack() as stack:
        late = LateEmbedder(settings, stack)
        for _ in range(2):
            with pytest.raises(NotConfigured, match="pip install"):
                await late.embed(ORDER, RequestContext())


async def test_it_is_opened_once_and_closed_with_the_house(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        late = LateEmbedder(Settings(data_dir=tmp_path), stack)
        first = await late.embed(ORDER, RequestContext())
        again = await late.embed(ORDER, RequestContext())
        assert first.vectors[0].tolist() == again.vectors[0].tolist()
    with pytest.raises(ModelClosed):
        await late.embed(ORDER, RequestContext())
