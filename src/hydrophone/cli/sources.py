"""`hydrophone sources`: what is indexed, and deleting it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from hydrophone.cli.output import Json, fail, local_minute, out, print_json, run
from hydrophone.types import CollectionInfo, JsonValue


def sources(
    delete: Annotated[
        str | None, typer.Option(metavar="URL-PREFIX", help="Delete documents under this URL.")
    ] = None,
    collection: Annotated[
        str | None, typer.Option(help="Only this collection; with --delete-collection, which.")
    ] = None,
    delete_collection: Annotated[
        bool, typer.Option("--delete-collection", help="Delete the whole --collection.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what is indexed, or delete it.

    Everything is shown by collection. Documents are deleted by the beginning of their URL, or
    with their whole collection.

    \b
    Examples: hydrophone sources
              hydrophone sources --delete https://example.com/old/
              hydrophone sources --collection notes --delete-collection
    """
    if delete_collection and collection is None:
        fail("--delete-collection needs --collection NAME", code=2)
    if delete == "":
        fail("--delete needs the beginning of a URL", code=2)
    if delete is not None or delete_collection:
        run(_delete(collection, delete, json))
    else:
        run(_show(collection, json))


async def _delete(collection: str | None, url_prefix: str | None, as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        library = await rooms.library()
        deleted = await library.delete(collection=collection, url_prefix=url_prefix)
    if as_json:
        print_json({"deleted": deleted})
    else:
        out().print(f"deleted {deleted} document{'' if deleted == 1 else 's'}")


async def _show(collection: str | None, as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        library = await rooms.library()
        found = await library.collections()
    shown = [info for info in found if collection in (None, info.name)]
    if collection is not None and not shown:
        fail(f"there is no collection {collection!r}")
    if as_json:
        objects: list[JsonValue] = [_object(info) for info in shown]
        print_json({"collections": objects})
    else:
        _table(shown)


def _table(infos: Sequence[CollectionInfo]) -> None:
    from rich.table import Table

    if not infos:
        out().print("nothing is indexed yet; add documents with `hydrophone add PATH…`")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("collection")
    for name in ("documents", "passages", "without vectors", "characters"):
        table.add_column(name, justify="right")
    table.add_column("updated")
    for info in infos:
        updated = local_minute(info.updated) if info.updated else "–"
        counts = (info.documents, info.passages, info.vectors_pending, info.size_chars)
        table.add_row(info.name, *(f"{count:,}" for count in counts), updated)
    out().print(table)


def _object(info: CollectionInfo) -> JsonValue:
    return {
        "name": info.name,
        "documents": info.documents,
        "passages": info.passages,
        "vectors_pending": info.vectors_pending,
        "size_chars": info.size_chars,
        "updated": info.updated.isoformat() if info.updated else None,
    }
