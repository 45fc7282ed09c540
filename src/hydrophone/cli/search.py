"""`hydrophone search`: ranked pages and passages, no answer."""

from __future__ import annotations

from typing import Annotated

import typer

from hydrophone.cli.output import Json, Kinds, err, out, print_json, run
from hydrophone.ports import SearchOutcome
from hydrophone.types import Filter, JsonValue, RequestContext, SearchOptions, SearchResult


def search(
    query: Annotated[str, typer.Argument(help="What to search for.")],
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=100, help="Pages.")] = 5,
    collection: Annotated[
        list[str] | None, typer.Option(help="Only this collection; may be repeated.")
    ] = None,
    kind: Kinds = None,
    json: Json = False,
) -> None:
    """Search index and web; show the pages and their best passages.

    Example: hydrophone search "vacuum a table" -n 3
    """
    options = SearchOptions(
        kinds=tuple(one.value for one in kind or ()),
        filter=Filter(collections=tuple(collection or ())),
        max_results=number,
    )
    run(_search(query, options, json))


async def _search(query: str, options: SearchOptions, as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        searcher = await rooms.searcher()
        outcome = await searcher.search([query], options, RequestContext(door="cli"))
    if as_json:
        results: list[JsonValue] = [_object(result) for result in outcome.results]
        notices: list[JsonValue] = [
            {"type": one.kind, "message": one.message} for one in outcome.notices
        ]
        print_json({"query": query, "results": results, "notices": notices})
    else:
        _show(outcome)


def _show(outcome: SearchOutcome) -> None:
    console = out()
    for number, result in enumerate(outcome.results, start=1):
        console.print(f"[bold]{number:>3}[/] ", end="")
        console.print(result.title, style="bold", markup=False)
        console.print(f"    {result.url}  ({result.score:.3f})", style="cyan", markup=False)
        if not result.passages and result.snippet:
            console.print(f"    {result.snippet}", markup=False)
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
        "kind": result.kind,
        "collection": result.collection,
        "snippet": result.snippet,
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
