"""`hydrophone sources`: what is indexed, and deleting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.output import Json, fail, local_minute, out, print_json, run
from hydrophone.types import CollectionInfo, JsonValue

if TYPE_CHECKING:
    from hydrophone.storage.index_db_crawls import Freshness


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

    Everything is shown by collection, for crawled ones also when their pages were fetched and the
    next is due. Documents are deleted by the beginning of their URL, or with their whole
    collection; crawls do not bring them back.

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
    from hydrophone.crawl.crawler import forget
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        library = await rooms.library()
        deleted = await library.delete(collection=collection, url_prefix=url_prefix)
        await forget((await rooms.index()).database, collection, url_prefix)
    if as_json:
        print_json({"deleted": deleted})
    else:
        out().print(f"deleted {deleted} document{'' if deleted == 1 else 's'}")


async def _show(collection: str | None, as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.crawl.crawler import read_freshness
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        library = await rooms.library()
        found = await library.collections()
        fresh = await read_freshness((await rooms.index()).database)
    freshness = {one.collection: one for one in fresh}
    shown = [info for info in found if collection in (None, info.name)]
    if collection is not None and not shown:
        fail(f"there is no collection {collection!r}")
    if as_json:
        objects: list[JsonValue] = [_object(info, freshness.get(info.name)) for info in shown]
        print_json({"collections": objects})
    else:
        _table(shown, freshness)


def _table(infos: Sequence[CollectionInfo], freshness: Mapping[str, Freshness]) -> None:
    from rich.table import Table

    if not infos:
        out().print("nothing is indexed yet; add documents with `hydrophone add PATH…`")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("collection")
    for name in ("documents", "passages", "without vectors", "characters"):
        table.add_column(name, justify="right")
    table.add_column("updated")
    if freshness:
        table.add_column("crawled")
        table.add_column("next due")
    for info in infos:
        counts = (info.documents, info.passages, info.vectors_pending, info.size_chars)
        times = [_minute(info.updated)]
        crawl = freshness.get(info.name)
        if freshness:
            times += [
                _minute(_moment(crawl.newest_us) if crawl else None),
                "unfinished" if crawl and crawl.unfinished else _due(crawl),
            ]
        table.add_row(info.name, *(f"{count:,}" for count in counts), *times)
    out().print(table)


def _minute(moment: datetime | None) -> str:
    return local_minute(moment) if moment else "–"


def _due(crawl: Freshness | None) -> str:
    return _minute(_moment(crawl.next_due_us) if crawl else None)


def _object(info: CollectionInfo, crawl: Freshness | None) -> JsonValue:
    return {
        "name": info.name,
        "documents": info.documents,
        "passages": info.passages,
        "vectors_pending": info.vectors_pending,
        "size_chars": info.size_chars,
        "updated": _iso(info.updated),
        "crawl": None if crawl is None else _crawl_object(crawl),
    }


def _crawl_object(crawl: Freshness) -> JsonValue:
    times = (crawl.oldest_us, crawl.newest_us, crawl.next_due_us)
    oldest, newest, next_due = (_iso(_moment(moment_us)) for moment_us in times)
    return {
        "crawls": crawl.crawls,
        "unfinished": crawl.unfinished,
        "pages": crawl.pages,
        "waiting": crawl.waiting,
        "fetched_first": oldest,
        "fetched_last": newest,
        "next_due": next_due,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else datetime.fromtimestamp(moment_us / 1e6, UTC)
