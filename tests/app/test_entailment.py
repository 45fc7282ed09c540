"""The entailment model that a setting names."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hydrophone.app.models import local_models
from hydrophone.app.writing import checking_for
from hydrophone.errors import NotConfigured
from hydrophone.settings import Settings
from hydrophone.types import Passage, SearchResult, Source
from tests.llm.onnx_graph import write_entailment_model

LABELS = ("entailment", "neutral", "contradiction")
TEXT = "The tower of Lund is high and can be seen from the sea."


async def test_it_checks_the_citations(tmp_path: Path) -> None:
    from hydrophone.engine.checking.base import Claim

    folder = write_entailment_model(tmp_path, weights=(0.0, 0.0, 1.0), labels=LABELS)
    passage = Passage("a", TEXT, "v", 0, len(TEXT))
    page = Source(1, SearchResult("https://a.example/", "Lund", TEXT, passages=(passage,)))
    settings = Settings(entailment_dir=folder)
    async with AsyncExitStack() as stack:
        models = local_models(settings, stack, embed_threads=0)
        checking = checking_for(settings, models.reranker, models.entailment)
        assert checking is not None
        claim = Claim("From the sea the tower of Lund can be seen.", (1,))
        [found] = (await checking.checker.check(claim, [page])).cited
    assert (found.verdict, found.reason) == ("unsupported", "the source says otherwise")


async def test_a_folder_without_the_model_is_told_and_not_passed_over(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(NotConfigured, match=r"config\.json cannot be read"):
            local_models(Settings(entailment_dir=tmp_path), stack, embed_threads=0)
