"""`hydrophone eval retrieval`: how well searching finds the right documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hydrophone.cli.evaluation.progress import progress
from hydrophone.cli.output import Json, err, out, print_json, run
from hydrophone.errors import NotConfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydrophone.app.models import LocalModels
    from hydrophone.evaluation.datasets import DataSet
    from hydrophone.evaluation.report import Method
    from hydrophone.evaluation.retrieval import Retrieval

CACHE_NAME = "evaluation-vectors.db"
STOPPED = "stopped; the vectors that were made are kept"


def retrieval(
    data: Annotated[Path, typer.Option(help="Folder of one data set, or of several.")],
    only: Annotated[
        list[str] | None, typer.Option("--set", help="Only this set; may be repeated.")
    ] = None,
    split: Annotated[
        Literal["train", "test", "all"] | None,
        typer.Option(help="Which questions: test where judgements are split, else all."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first N questions of each set.")
    ] = None,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="Leave the vectors out.")
    ] = False,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="Let the cross-encoder order the first ten pages.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure how well searching finds the right documents.

    Reads sets in BEIR's layout (corpus.jsonl, queries.jsonl, qrels/test.tsv) and three others, puts
    each into an index of its own, and asks its questions. Reports nDCG@10, MRR@10 and Recall@100
    with 95 % intervals, and the time a question takes. Vectors are kept for the next time.

    \b
    Examples: hydrophone eval retrieval --data ./scifact
              hydrophone eval retrieval --data ./sets --set scifact --words-only --json
    """
    if words_only and rerank:
        raise typer.BadParameter("--words-only uses no model, so there is nothing to --rerank with")
    method: Method = "fusion"
    if words_only or rerank:
        method = "words" if words_only else "fusion and cross-encoder"
    run(
        _retrieval(data.expanduser(), tuple(only or ()), split, limit, method, json),
        stopped=STOPPED,
    )


async def _retrieval(
    folder: Path,
    names: Sequence[str],
    split: Literal["train", "test", "all"] | None,
    limit: int | None,
    method: Method,
    as_json: bool,
) -> None:
    from hydrophone.evaluation.datasets import limited
    from hydrophone.evaluation.folders import find_sets
    from hydrophone.evaluation.report import as_object

    sets = [limited(found.read(split), limit) for found in find_sets(folder, names)]
    measured, model = await _measure(sets, method)
    if as_json:
        print_json(as_object(measured, method, model))
        return
    for one in measured:
        _show(one)
    err().print(f"by {method}; the intervals hold the true mean with 95 % confidence", markup=False)


async def _measure(sets: Sequence[DataSet], method: Method) -> tuple[list[Retrieval], str | None]:
    """Every set in turn, and the name of the embedding model."""
    from hydrophone.app import open_rooms
    from hydrophone.app.models import threads
    from hydrophone.app.server import collect_garbage_seldom
    from hydrophone.evaluation.retrieval import evaluate
    from hydrophone.evaluation.vector_cache import CachedEmbedder
    from hydrophone.settings import load_settings

    settings = load_settings()
    embedder, reranker = None, None
    async with open_rooms(settings, embed_threads=threads(settings.model_threads)) as rooms:
        if method != "words":
            models = _present(await rooms.models())
            file = settings.data_dir.expanduser() / CACHE_NAME
            assert models.embedder is not None
            embedder = CachedEmbedder(models.embedder, file)
            reranker = None if method == "fusion" else models.cross_encoder
        collect_garbage_seldom()  # what a question takes is what it takes the server
        with progress() as tell:
            measured = [await evaluate(data, embedder, reranker, tell) for data in sets]
    return measured, None if embedder is None else embedder.model


def _present(models: LocalModels) -> LocalModels:
    if models.embedder is None:
        raise NotConfigured(f"{models.problem}; or leave the vectors out with --words-only")
    return models


def _show(one: Retrieval) -> None:
    from hydrophone.evaluation.report import MRR, NDCG, RECALL

    console = out()
    console.print(f"[bold]{one.name}[/]: {one.queries:,} questions ({one.split}), ", end="")
    console.print(f"{one.documents:,} documents, {one.passages:,} passages")
    for name, value in ((NDCG, one.ndcg), (MRR, one.mrr), (RECALL, one.recall)):
        console.print(f"  {name:<11} {value.mean:.3f}   {value.low:.3f} to {value.high:.3f}")
    latency = one.latency
    console.print(f"  {'a question':<11} {latency.p50_ms:.1f} ms (median), ", end="")
    console.print(f"{latency.p99_ms:.1f} ms (99 %), {latency.cpu_ms:.1f} ms of CPU time")
