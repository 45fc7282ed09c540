"""The page's files, read once and kept with what their responses need."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """Bytes to be served; `etag` is quoted, as it stands in the header (RFC 9110, 8.8.3)."""

    body: bytes
    media_type: str
    etag: str

    @classmethod
    def of(cls, body: bytes, media_type: str) -> Asset:
        """An asset whose tag is made from its content."""
        return cls(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:24]}"')

    def matches(self, if_none_match: str | None) -> bool:
        """Whether the caller's If-None-Match names this content, by weak comparison."""
        if if_none_match is None:
            return False
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


def static_assets() -> Mapping[str, Asset]:
    """All files of `static/` by name; those of an unknown type are left out."""
    found: dict[str, Asset] = {}
    for entry in (files(__package__) / "static").iterdir():
        media_type = _MEDIA_TYPES.get("." + entry.name.rpartition(".")[2])
        if media_type is not None:
            found[entry.name] = Asset.of(entry.read_bytes(), media_type)
    return found
