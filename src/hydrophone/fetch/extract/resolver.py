"""References as documents write them into absolute URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from hydrophone.fetch.page import Link

# Browsers drop these inside of a URL.
_LINE_ENDS = re.compile(r"[\t\r\n]+")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
# References that need no care, most of all that there are.
_BESIDE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_ROOTED = re.compile(r"/(?:[A-Za-z0-9_~%?&=+,;:@-][A-Za-z0-9_~%?&=+,;:@./-]*)?(?<!\?)")
_WHOLE = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9_~%?&=+,;:@./-]*(?<!\?)")
_URL_LIMIT_CHARS = 2_000


class Resolver:
    """Resolves what the document at `url` refers to; each spelling is worked out once.

    `base` is what the document itself gives as the place to start from.
    """

    def __init__(self, url: str, base: str = "") -> None:
        self.page = url.partition("#")[0]
        self._base = _joined(url, base) or url
        self._folder = _folder(self._base)
        self._origin = "/".join(self._folder.split("/")[:3])
        self._known: dict[str, str | None] = {}

    def resolve(self, written: str) -> str | None:
        """The URL without its fragment.

        None for what is no http(s) URL, or longer than any server takes.
        """
        written = written.partition("#")[0].strip()
        if written not in self._known:
            self._known[written] = self._resolve(written)
        return self._known[written]

    def links(self, written: Iterable[str]) -> tuple[Link, ...]:
        """Those of the references that lead to other documents, each once, in order."""
        resolved = (self.resolve(reference) for reference in written if reference[:1] != "#")
        return tuple(Link(url) for url in dict.fromkeys(resolved) if url is not None)

    def _resolve(self, written: str) -> str | None:
        if self._folder and len(written) < _URL_LIMIT_CHARS // 2 and "/." not in written:
            if _BESIDE.fullmatch(written):
                return self._folder + written
            if _ROOTED.fullmatch(written):
                return self._origin + written
            if _WHOLE.fullmatch(written):
                return written
        return _joined(self._base, written)


def _folder(base: str) -> str:
    """The base up to its last slash; empty when joining to it needs more care."""
    try:
        parts = urlsplit(base)
    except ValueError:
        return ""
    whole = f"{parts.scheme}://{parts.netloc}{parts.path}"
    plain = parts.scheme in ("http", "https") and parts.netloc and "/." not in parts.path
    if not plain or not base.startswith(whole) or len(whole) > _URL_LIMIT_CHARS // 2:
        return ""
    return whole[: whole.rindex("/") + 1] if parts.path else f"{whole}/"


def _joined(base: str, written: str) -> str | None:
    """`written` as seen from `base`."""
    if _LINE_ENDS.search(written):
        written = _LINE_ENDS.sub("", written)
    if _SCHEME.match(written) and written[:5].lower() not in ("http:", "https"):
        return None
    try:
        url = urljoin(base, written).partition("#")[0]
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > _URL_LIMIT_CHARS:
        return None
    return url if url.startswith(("http:", "https:")) else parts.geturl()
