"""robots.txt: what a site allows a robot, by RFC 9309.

Lines are read here, the way Google's parser reads them, and only the rules for one product token
are handed to protego, which matches URLs against them. So a group is chosen by its whole token
("FooBot/2.1 beta" is "foobot", "Foo" is not), unknown lines do not end a list of user agents, and
what is kept of a long file is the few lines that concern us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urljoin

if TYPE_CHECKING:
    from protego import Protego

    from hydrophone.fetch.errors import FetchError

SIZE_LIMIT_BYTES = 500 * 1024

_Field: TypeAlias = Literal["user-agent", "allow", "disallow", "crawl-delay", "sitemap"]
_Line: TypeAlias = tuple[_Field, bytes]

# As much of a line as Google's parser reads.
_LINE_LIMIT_BYTES = 2083 * 8
# With the misspellings that Google's parser and protego take, too.
_SPELLINGS: dict[_Field, str] = {
    "user-agent": "user[- ]?agent",
    "disallow": "diss?allow|diss?alow|diasllow|disallaw",
    "allow": "allow",
    "crawl-delay": "crawl[- ]delay",
    "sitemap": "site-?maps?",
}
_FIELDS = tuple(_SPELLINGS)
_LINE = re.compile(
    rf"\s*(?:{'|'.join(f'({spelling})' for spelling in _SPELLINGS.values())})"
    r"(?:\s*:|\s)\s*(.*)".encode(),
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(rb"[a-z_-]*", re.IGNORECASE)
_EVERYBODY = re.compile(rb"\*(?:\s|\Z)")
# Google's parser skips a byte order mark that was cut short, too.
_BYTE_ORDER_MARK = re.compile(rb"\A\xef(?:\xbb\xbf?)?")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HARD_BLANK = b"\xc2\xa0"
_NOT_PRINTABLE = re.compile(rb"[\x00-\x1f\x7f-\xff]")
_ESCAPE = re.compile(r"%([0-9a-f]{2})", re.IGNORECASE)


class SiteRules:
    """What one site allows one robot.

    `crawl_delay_s` is what the site asks for, however much; `sitemaps` are the absolute URLs in the
    file. `problem` says why the file could not be had; then nothing is allowed.
    """

    __slots__ = ("_literal", "_rules", "crawl_delay_s", "problem", "sitemaps")

    def __init__(
        self,
        rules: Protego | None = None,
        literal: Protego | None = None,
        *,
        sitemaps: tuple[str, ...] = (),
        problem: FetchError | None = None,
    ) -> None:
        self._rules = rules
        self._literal = literal
        self.crawl_delay_s = rules.crawl_delay("*") if rules is not None else None
        self.sitemaps = sitemaps
        self.problem = problem

    @property
    def unreachable(self) -> bool:
        """Whether nothing is allowed because the file could not be had."""
        return self.problem is not None

    def allows(self, url: str) -> bool:
        """Whether the robot may fetch `url`, which must be of this site."""
        if self.problem is not None:
            return False
        if self._rules is None:
            return True
        if not self._rules.can_fetch(url, "*"):
            return False
        return self._literal is None or self._literal.can_fetch(url.replace("%", "%25"), "*")


def parse_robots(body: bytes, agent: str, *, url: str = "") -> SiteRules:
    """The rules in the robots.txt at `url` for a product token (a name without a version).

    Whatever the bytes are there is an answer; what follows 500 KiB is not read, as with Google.
    """
    lines = list(_read_lines(body))
    named = (value.decode("utf-8", "replace") for name, value in lines if name == "sitemap")
    sitemaps = tuple(joined for value in named if (joined := _join(url, value)))
    rules = [f"{name}: {_escape(value)}" for name, value in _choose(lines, agent.lower().encode())]
    literal = None
    if any("%" in rule for rule in rules):
        # RFC 9309 (2.2.2) has an escaped letter match the letter, Google's parser has not: both
        # must allow. An escaped percent sign keeps protego from undoing the escapes.
        literal = _matcher(_ESCAPE.sub(_escape_escape, rule) for rule in rules)
    return SiteRules(_matcher(rules), literal, sitemaps=sitemaps)


def _read_lines(body: bytes) -> Iterator[_Line]:
    """The lines that mean something, with their values."""
    if body.startswith(_WIDE_MARKS):
        body = body[:SIZE_LIMIT_BYTES].decode("utf-16", "replace").encode()
    body = _BYTE_ORDER_MARK.sub(b"", body[:SIZE_LIMIT_BYTES]).replace(_HARD_BLANK, b" ")
    for line in body.splitlines():
        match = _LINE.match(line[:_LINE_LIMIT_BYTES].partition(b"#")[0])
        if match is not None:
            yield _FIELDS[_field_number(match)], match[len(_FIELDS) + 1].strip()


def _field_number(match: re.Match[bytes]) -> int:
    return next(i for i, found in enumerate(match.groups()) if found is not None)


def _choose(lines: list[_Line], token: bytes) -> list[_Line]:
    """The rules of the token's groups, or of everybody's when it has none."""
    own: list[_Line] = []
    common: list[_Line] = []
    has_own = naming = False
    groups: list[list[_Line]] = []
    for name, value in lines:
        if name == "sitemap":
            continue
        if name != "user-agent":
            naming = False
            for group in groups:
                group.append((name, value))
            continue
        if not naming:
            groups = []
        naming = True
        if _EVERYBODY.match(value):
            groups.append(common)
        elif _is_token(value, token):
            has_own = True
            groups.append(own)
    return own if has_own else common


def _is_token(value: bytes, token: bytes) -> bool:
    match = _TOKEN.match(value)
    return match is not None and match[0].lower() == token


def _join(url: str, sitemap: str) -> str:
    try:
        return urljoin(url, sitemap)
    except ValueError:
        return ""


def _matcher(rules: Iterator[str] | list[str]) -> Protego:
    from protego import Protego

    return Protego.parse("\n".join(("user-agent: *", *rules)))


def _escape(value: bytes) -> str:
    """The value in ASCII, without what protego takes for the end of a line."""
    return _NOT_PRINTABLE.sub(lambda found: b"%%%02X" % found[0][0], value).decode("ascii")


def _escape_escape(found: re.Match[str]) -> str:
    return f"%25{found[1].upper()}"
