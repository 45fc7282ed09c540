"""By what names the service knows a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Thread:
    """A conversation. `backend_uuid` is that of its last entry; `read_write_token` is a secret: it
    lets whoever has it write into the conversation."""

    backend_uuid: str | None = None
    context_uuid: str | None = None
    slug: str | None = None
    title: str | None = None
    read_write_token: str | None = field(default=None, repr=False)

    def take(self, frame: Mapping[str, Any]) -> None:
        """Keep what a frame says; the last word counts."""
        self.backend_uuid = said(frame, "backend_uuid") or self.backend_uuid
        self.context_uuid = said(frame, "context_uuid") or self.context_uuid
        self.slug = said(frame, "thread_url_slug") or self.slug
        self.title = said(frame, "thread_title") or self.title
        self.read_write_token = said(frame, "read_write_token") or self.read_write_token


def said(frame: Mapping[str, Any], name: str) -> str | None:
    """The text under a name; None when there is none."""
    value = frame.get(name)
    return value if isinstance(value, str) and value else None
