"""What a crawl must find, worked out from the files themselves: no crawler, no HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import lxml.html

INDEXES = ("index.html", "index.en.html")
PLAIN = (".txt", ".py")
PAGES = (".html", ".htm", *PLAIN)
_HOST = "http://here"


@dataclass(frozen=True, slots=True)
class Rules:
    """Beginnings of paths that robots may read or not: the longest that fits decides.

    `root` says that `/` itself may be read although everything else may not.
    """

    refused: Sequence[str] = ()
    admitted: Sequence[str] = ()
    root: bool = False

    def allow(self, path: str) -> bool:
        """Whether a robot may read it."""
        if path == "/" and self.root:
            return True
        longest_no = max((len(one) for one in self.refused if path.startswith(one)), default=-1)
        longest_yes = max((len(one) for one in self.admitted if path.startswith(one)), default=0)
        return longest_yes >= longest_no


def reachable(root: Path, seeds: Sequence[str], rules: Rules) -> dict[str, Path]:
    """The file behind every path that links lead to from the seeds; pages and texts only."""
    found: dict[str, Path] = {}
    waiting, seen = list(seeds), set(seeds)
    while waiting:
        path = waiting.pop()
        file = _file(root, path) if rules.allow(path) else None
        if file is None:
            continue
        found[path] = file
        for link in links(file, path):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    return found


def links(file: Path, path: str) -> list[str]:
    """The paths on the same host that a page links to."""
    body = file.read_bytes()
    if file.suffix in PLAIN or not body.strip():
        return []
    found = []
    for element in lxml.html.fromstring(body).iter("a", "area"):
        href = element.get("href")
        if href is None or "nofollow" in element.get("rel", "").split():
            continue
        try:
            target = urlsplit(urldefrag(urljoin(_HOST + path, href.strip())).url)
        except ValueError:
            continue
        if f"{target.scheme}://{target.netloc}" == _HOST and not target.query:
            found.append(target.path or "/")
    return found


def _file(root: Path, path: str) -> Path | None:
    """The file that the server would send, if it would send one."""
    file = root / unquote(path).lstrip("/")
    if path.endswith("/"):
        file = next((file / name for name in INDEXES if (file / name).is_file()), file)
    return file if file.is_file() and file.suffix in PAGES else None
