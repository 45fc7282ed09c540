"""`hydrophone search`: ranked pages and passages, no answer."""

from __future__ import annotations

from typing import Annotated

import typer

from hydrophone.cli.output import Json, err, out, print_json, run
from hydrophone.ports import SearchOutcome
from hydrophone.types import Filter, JsonValue, RequestContext, SearchOptions, SearchResult


def search(
    query: Annotated[str, typer.Argument(help="What to search for.")],
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=100, help="Pages.")] = 5,
    collection: Annotated[
        list[str] | None, typer.Option(help="Only this collection; may be repeated.")
    ] = None,
    json: Json = False,
) -> None:
    """Search the index and show the pages and their best passages.

    Example: hydrophone search "vacuum a table" -n 3
    """
    run(_search(query, number, tuple(collection or ()), json))


async def _search(query: str, number: int, collections: tuple[str, ...], as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    options = SearchOptions(filter=Filter(collections=collections), max_results=number)
    async with open_rooms(load_settings()) as rooms:
        searcher = await rooms.searcher()
        outcome = await searcher.search([query], options, RequestContext(door="cli"))
    if as_json:
        results: list[JsonValue] = [_object(result) for result in outcome.results]
        print_json({"query": query, "results": results})
    else:
        _show(outcome)


def _show(outcome: SearchOutcome) -> None:
    console = out()
    for number, result in enumerate(outcome.results, start=1):
        console.print(f"[bold]{number:>3}[/] ", end="")
        console.print(result.title, style="bold", markup=False)
        console.print(f"    {result.url}  ({result.score:.3f})", style="cyan", markup=False)
        for passage in result.passages[:2]:
            heading = " › ".join(passage.headings)
            if heading:
                console.print(f"    {heading}", style="dim", markup=False)
            text = " ".join(passage.text.split())
            console.print(f"    {text[:300]}{' …' if len(text) > 300 else ''}", markup=False)
    if not outcome.results:
        err().print("nothing found; see `hydrophone sources` for what is indexed", markup=False)
    for notice in outcome.notices:
        err().print(f"note: {notice.message}", style="yellow", markup=False)


def _object(result: SearchResult) -> JsonValue:
    return {
        "url": result.url,
        "title": result.title,
        "score": result.score,
        "collection": result.collection,
        "passages": [
            {
                "text": passage.text,
                "headings": list(passage.headings),
                "score": passage.score,
                "source_sha256": passage.version,
                "start": passage.start,
                "end": passage.end,
            }
            for passage in result.passages
        ],
    }
