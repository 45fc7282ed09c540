"""The pictures and videos of documents in `index.db`.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson

from hydrophone.types import Image, ImageRef, Video, VideoRef


def put_images(
    connection: sqlite3.Connection, document_id: int, images: Sequence[ImageRef]
) -> None:
    """Note a document's pictures in place of those that it had."""
    connection.execute("DELETE FROM images WHERE document_id = ?", (document_id,))
    connection.executemany(
        "INSERT INTO images (document_id, position, url, alt) VALUES (?, ?, ?, ?)",
        [(document_id, n, image.url, image.alt) for n, image in enumerate(images)],
    )


def load_images(connection: sqlite3.Connection, passage_ids: Sequence[int]) -> list[Image]:
    """The pictures of the documents that the passages are of, each URL once."""
    rows = connection.execute(
        "SELECT i.url, d.url, i.alt FROM json_each(?) AS wanted "
        "JOIN passages p ON p.id = wanted.value JOIN documents d ON d.id = p.document_id "
        "JOIN images i ON i.document_id = d.id ORDER BY wanted.key, i.position",
        (orjson.dumps(list(passage_ids)).decode(),),
    )
    found: dict[str, Image] = {}
    for url, origin_url, alt in rows:
        found.setdefault(url, Image(url, origin_url, alt))
    return list(found.values())


def put_videos(
    connection: sqlite3.Connection, document_id: int, videos: Sequence[VideoRef]
) -> None:
    """Note a document's videos in place of those that it had."""
    connection.execute("DELETE FROM videos WHERE document_id = ?", (document_id,))
    connection.executemany(
        "INSERT INTO videos (document_id, position, url, thumbnail_url) VALUES (?, ?, ?, ?)",
        [(document_id, n, video.url, video.thumbnail_url) for n, video in enumerate(videos)],
    )


def load_videos(connection: sqlite3.Connection, passage_ids: Sequence[int]) -> list[Video]:
    """The videos of the documents that the passages are of, each URL once."""
    rows = connection.execute(
        "SELECT v.url, v.thumbnail_url FROM json_each(?) AS wanted "
        "JOIN passages p ON p.id = wanted.value "
        "JOIN videos v ON v.document_id = p.document_id ORDER BY wanted.key, v.position",
        (orjson.dumps(list(passage_ids)).decode(),),
    )
    found: dict[str, Video] = {}
    for url, thumbnail_url in rows:
        found.setdefault(url, Video(url, thumbnail_url))
    return list(found.values())
