"""Who is asked by `hydrophone eval answers`, and what judges it: wired from the settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.app import Rooms, open_rooms
from hydrophone.app.models import threads
from hydrophone.cli.evaluation.plan import Plan
from hydrophone.cli.evaluation.retrieval import CACHE_NAME
from hydrophone.cli.output import err
from hydrophone.errors import InvalidRequest, NotFound
from hydrophone.evaluation.answers.engine import EngineAsker
from hydrophone.evaluation.answers.questions import AnswerSet
from hydrophone.evaluation.answers.run import Judging
from hydrophone.settings import Settings
from hydrophone.types import LOCAL, Meter, Secret

if TYPE_CHECKING:
    from hydrophone.engine.checking.base import Checker
    from hydrophone.evaluation.answers.proofs import TextOf
    from hydrophone.evaluation.answers.replies import Asker
    from hydrophone.evaluation.indexing import Tell

ANSWER_DEADLINE_S = 600.0
COLLECTION = "evaluation"
OWN_CHECK = "the engine's own check"


@dataclass(frozen=True, slots=True)
class Bench:
    """An engine that can be asked, and what judges its answers."""

    asker: Asker
    judging: Judging
    engine: str
    model: str


@asynccontextmanager
async def open_bench(
    data: AnswerSet, plan: Plan, settings: Settings, tell: Tell
) -> AsyncIterator[Bench]:
    """Who the plan asks, with these documents where they are to be searched; gone afterwards."""
    place = plan.place
    if place.url is not None:
        async with _another_engine(place.url, plan, settings) as bench:
            yield bench
        return
    with tempfile.TemporaryDirectory(
        prefix="hydrophone-eval-", ignore_cleanup_errors=True
    ) as folder:
        asked = settings
        if not place.own:
            asked = settings.model_copy(update={"data_dir": Path(folder), "web_search": False})
        if place.needs_set:
            await _index_set(data, Path(folder), settings, tell)
        embeds = threads(settings.model_threads) if place.documents else 0
        async with open_rooms(asked, embed_threads=embeds) as rooms:
            if place.documents:
                await _ingest(rooms, place.documents)
            yield await _engine(rooms, plan)


async def _index_set(data: AnswerSet, folder: Path, settings: Settings, tell: Tell) -> None:
    """Put the set's documents into an index in the folder, with the vectors that are kept."""
    from hydrophone.evaluation.indexing import filled
    from hydrophone.evaluation.vector_cache import CachedEmbedder

    async with open_rooms(settings, embed_threads=threads(settings.model_threads)) as rooms:
        embedder = (await rooms.models()).embedder
        cached = None
        if embedder is not None:
            file = settings.data_dir.expanduser() / CACHE_NAME
            cached = CachedEmbedder(embedder, file)
        async with filled(folder, data.name, data.documents, cached, tell):
            pass


async def _ingest(rooms: Rooms, documents: Sequence[Path]) -> None:
    library = await rooms.library(wait_for_vectors=True)
    items = [str(path) for path in documents]
    async for step in library.ingest(items, collection=COLLECTION):
        if step.state == "failed":
            err().print(f"{step.item}: {step.message}", markup=False, style="yellow")
    if not await (await rooms.index()).collections():
        raise InvalidRequest(f"none of --documents could be read: {', '.join(items)}")


async def _engine(rooms: Rooms, plan: Plan) -> Bench:
    """The engine as the server has it, over the rooms' index."""
    catalog = await rooms.catalog()
    model = plan.model or rooms.settings.default_model
    card = catalog.card(model)

    def cost_of(meter: Meter) -> float:
        return card.price.cost(meter.usage, "low", pro=meter.pro_search).total_usd

    judging = Judging(await _checker(rooms) if plan.judges else None, await _cited_texts(rooms))
    writer = f"language model {rooms.settings.model}" if rooms.settings.model else "quotes"
    where = "own index" if plan.place.own else "an index of the documents"
    return Bench(
        EngineAsker(catalog, model, cost_of), judging, f"hydrophone, {where}, {writer}", model
    )


async def _cited_texts(rooms: Rooms) -> TextOf:
    """The texts of cited pages, as `GET /v1/pages/{version}` gives them out."""
    shelf = await rooms.shelf()

    async def text_of(version: str) -> str | None:
        await shelf.written()
        try:
            return (await shelf.page(version, LOCAL)).text
        except NotFound:
            return None

    return text_of


@asynccontextmanager
async def _another_engine(url: str, plan: Plan, settings: Settings) -> AsyncIterator[Bench]:
    from hydrophone.evaluation.answers.endpoint import EndpointAsker

    key = os.environ.get(plan.place.key_variable)
    model = plan.model or "default"
    asker = EndpointAsker(url, model, Secret(key) if key else None, deadline_s=ANSWER_DEADLINE_S)
    try:
        async with open_rooms(settings) as rooms:
            checker = await _checker(rooms) if plan.judges else None
            yield Bench(asker, Judging(checker, asker.text_of), url, model)
    finally:
        await asker.close()


async def _checker(rooms: Rooms) -> Checker:
    """The engine's own check, with the entailment model where one is configured."""
    from hydrophone.engine.checking.support import SupportChecker

    models = await rooms.models()
    return SupportChecker(models.reranker, entailment=models.entailment)


def judge_of(settings: Settings) -> str:
    """Names what judges citations."""
    folder = settings.entailment_dir
    return OWN_CHECK if folder is None else f"{OWN_CHECK} with the entailment model {folder.name}"
