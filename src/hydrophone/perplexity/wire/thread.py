"""By what names the service knows a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hydrophone.types import Secret


@dataclass(slots=True)
class Thread:
    """A conversation. `backend_uuid` is that of its last entry; whoever has `read_write_token` may
    write into the conversation."""

    backend_uuid: str | None = None
    context_uuid: str | None = None
    slug: str | None = None
    title: str | None = None
    read_write_token: Secret | None = None

    def take(self, frame: dict[str, Any]) -> None:
        """Keep what a frame says; the last word counts. The frame is left without its token, so
        that nothing that shows it later, as a traceback with its locals, shows that."""
        self.backend_uuid = said(frame, "backend_uuid") or self.backend_uuid
        self.context_uuid = said(frame, "context_uuid") or self.context_uuid
        self.slug = said(frame, "thread_url_slug") or self.slug
        self.title = said(frame, "thread_title") or self.title
        token = frame.pop("read_write_token", None)
        if isinstance(token, str) and token:
            self.read_write_token = Secret(token)


def said(frame: Mapping[str, Any], name: str) -> str | None:
    """The text under a name; None when there is none."""
    value = frame.get(name)
    return value if isinstance(value, str) and value else None
