"""What a page's robots tags forbid: `<meta name="robots">` and the header `X-Robots-Tag`.

There is no standard; the rules are those of Google's documentation "Robots meta tag,
data-nosnippet, and X-Robots-Tag specifications".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from hydrophone.fetch.extract.dates import parse_date

_NAMED = re.compile(r"\s*([a-z0-9_*.-]+)\s*:(?!//)\s*(.*)", re.DOTALL)
_EXPIRY = "unavailable_after"
_VALUED = frozenset({_EXPIRY, "max-snippet", "max-image-preview", "max-video-preview"})
_NAMELESS = frozenset({"", "*", "robots"})


@dataclass(frozen=True, slots=True)
class Directives:
    """Whether the page may be indexed and its links followed."""

    noindex: bool = False
    nofollow: bool = False

    def __or__(self, other: Directives) -> Directives:
        """Both together: the stricter of the two."""
        return Directives(self.noindex or other.noindex, self.nofollow or other.nofollow)


def read_directives(content: str) -> Directives:
    """The `content` of one robots meta tag: directives between commas."""
    noindex = nofollow = False
    parts = [part.strip() for part in content.lower().split(",")]
    for position, part in enumerate(parts):
        noindex = noindex or part in ("noindex", "none")
        nofollow = nofollow or part in ("nofollow", "none")
        if part.startswith(_EXPIRY):
            # The date may hold a comma itself: "Friday, 25-Jun-2010 15:00:00 GMT".
            noindex = noindex or _has_expired(", ".join(parts[position : position + 2]))
    return Directives(noindex, nofollow)


def read_robots_tag(value: str, agent: str) -> Directives:
    """An `X-Robots-Tag`; several headers may come as lines, or joined by commas.

    Directives after `name:` are for the crawler of that name only, up to the next name; those
    before any name are for all.
    """
    result = Directives()
    for line in value.lower().split("\n"):
        for name, directives in _by_agent(line):
            if name in _NAMELESS or name == agent.lower():
                result |= read_directives(directives)
    return result


def _by_agent(line: str) -> Iterator[tuple[str, str]]:
    name, parts = "", list[str]()
    for part in line.split(","):
        named = _NAMED.match(part)
        if named and named[1] not in _VALUED:
            yield name, ",".join(parts)
            name, parts = named[1], [named[2]]
        else:
            parts.append(part)
    yield name, ",".join(parts)


def _has_expired(part: str) -> bool:
    text = part.partition(":")[2].strip().upper()
    moment = parse_date(text) or parse_date(text.partition(",")[0])
    return moment is not None and moment <= datetime.now(UTC)
