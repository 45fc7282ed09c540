"""Where the files of a conversation are: `download_info[].url`, wherever it stands."""

from __future__ import annotations

from typing import Any

import orjson

_KEY = "download_info"


def downloads_in(value: Any) -> list[str]:
    """The addresses of files in what the service told, also in JSON that stands in a text."""
    found: list[str] = []
    _collect(value, found)
    return list(dict.fromkeys(found))


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str) and _KEY in value and value.lstrip()[:1] in ("[", "{"):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return
    if isinstance(value, list):
        for one in value:
            _collect(one, found)
    if not isinstance(value, dict):
        return
    for one in value.values():
        _collect(one, found)
    listed = value.get(_KEY)
    rows = (one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()
    found += [url for one in rows if isinstance(url := one.get("url"), str) and url]
