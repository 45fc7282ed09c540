"""The pages that citations point into."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hydrophone.types import Principal


@dataclass(frozen=True, slots=True)
class KeptPage:
    """The text of one version of a document, as a citation points into it.

    `version` is the SHA-256 of the text in UTF-8, in hex. `read_at` is when the page was read; of
    own documents, when this version was stored.
    """

    version: str
    url: str
    title: str
    text: str = field(repr=False)
    read_at: datetime


class KeptPages(Protocol):
    """The pages that citations point into."""

    async def page(self, version: str, principal: Principal) -> KeptPage:
        """The text behind a version of a citation that this caller was given.

        Raises NotFound when it is not kept, or was cited to another caller only.
        """
