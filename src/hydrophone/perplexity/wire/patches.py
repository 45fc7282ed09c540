"""JSON patches (RFC 6902) as the service sends them: `add`, `replace` and `remove`.

They are applied in place, to what this process alone holds: a patch costs what it says, not what
it is applied to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydrophone.perplexity.errors import ResponseParsingError

Path = tuple[str, ...]


def path_of(pointer: str) -> Path:
    """The parts of a JSON pointer (RFC 6901); of the whole document none."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ResponseParsingError(f"{pointer!r} is no JSON pointer")
    parts = pointer[1:].split("/")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def patched(document: Any, patch: Mapping[str, Any]) -> tuple[Any, Path]:
    """The document after the patch, and the place that it changed ("-" as the number that it got).

    Raises ResponseParsingError for a place that is not there and for other operations.
    """
    operation, path = patch.get("op"), path_of(str(patch.get("path", "")))
    if operation not in ("add", "replace", "remove"):
        raise ResponseParsingError(f"a patch has the operation {operation!r}")
    if not path:
        return (None if operation == "remove" else patch.get("value")), path
    holder = document
    for part in path[:-1]:
        holder = _inside(holder, part)
    if operation == "remove":
        _remove(holder, path[-1])
        return document, path
    if path[-1] == "-" and isinstance(holder, list):
        path = (*path[:-1], str(len(holder)))
    _put(holder, path[-1], patch.get("value"), inserts=operation == "add")
    return document, path


def _inside(holder: Any, part: str) -> Any:
    if isinstance(holder, dict) and part in holder:
        return holder[part]
    if isinstance(holder, list):
        return holder[_index(part, len(holder) - 1)]
    raise ResponseParsingError(f"a patch goes to {part!r}, which is not there")


def _put(holder: Any, part: str, value: Any, *, inserts: bool) -> None:
    if isinstance(holder, dict):
        holder[part] = value
    elif isinstance(holder, list) and inserts:
        holder.insert(_index(part, len(holder)), value)
    elif isinstance(holder, list):
        holder[_index(part, len(holder) - 1)] = value
    else:
        raise ResponseParsingError(f"a patch puts {part!r} into what holds nothing")


def _remove(holder: Any, part: str) -> None:
    if isinstance(holder, dict) and part in holder:
        del holder[part]
    elif isinstance(holder, list):
        del holder[_index(part, len(holder) - 1)]
    else:
        raise ResponseParsingError(f"a patch removes {part!r}, which is not there")


def _index(part: str, most: int) -> int:
    if not (part.isascii() and part.isdigit()) or int(part) > most:
        raise ResponseParsingError(f"a patch goes to the place {part!r} of a list")
    return int(part)
