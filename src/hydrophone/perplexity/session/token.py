"""The session's cookie, which the service splits when it is long and renews when it likes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hydrophone.types import Secret

COOKIE = "__Secure-next-auth.session-token"
# NextAuth splits a cookie so that each piece stays below the 4,096 bytes that browsers keep.
_PIECE_CHARS = 3_933
_NAMED = re.compile(rf"{re.escape(COOKIE)}(?:\.(\d+))?\Z")
_ASSIGNED = re.compile(rf"(?:^|[;,\s]){re.escape(COOKIE)}(?:\.\d+)?=")


def read_token(text: str) -> Secret:
    """The token in what people paste: the value alone, in quotes, or a line of cookies, in which it
    may be in several pieces. Raises ValueError when there is none."""
    plain = text.strip().strip("\"'").removeprefix("Cookie:").strip()
    if _ASSIGNED.search(plain):
        pairs = (pair.partition("=") for pair in re.split(r"[;\s]+", plain) if "=" in pair)
        found = joined({name.strip(): value.strip() for name, _, value in pairs})
        if found is not None:
            return found
    if not plain or any(char.isspace() or not char.isprintable() for char in plain):
        del text, plain  # it may be most of a token: not for a traceback that shows its locals
        raise ValueError(
            "this is no session token: it is the value of the cookie "
            f"{COOKIE!r} of www.perplexity.ai, without blanks"
        )
    return Secret(plain)


def joined(cookies: Mapping[str, str]) -> Secret | None:
    """The token in cookies, whole or in pieces `.0`, `.1` …; None when it is not there."""
    if cookies.get(COOKIE):
        return Secret(cookies[COOKIE])
    pieces = {
        int(match[1]): value
        for name, value in cookies.items()
        if (match := _NAMED.match(name)) is not None and match[1] is not None and value
    }
    return Secret("".join(pieces[n] for n in sorted(pieces))) if pieces else None


def pieces(token: Secret) -> dict[str, str]:
    """The cookies that bring a token to the service: one, or several for a long one."""
    value = token.reveal()
    if len(value) <= _PIECE_CHARS:
        return {COOKIE: value}
    starts = range(0, len(value), _PIECE_CHARS)
    return {f"{COOKIE}.{n}": value[at : at + _PIECE_CHARS] for n, at in enumerate(starts)}


def is_ours(cookie: str) -> bool:
    """Whether a cookie of this name is the session's, or a piece of it."""
    return _NAMED.match(cookie) is not None


def renewed(set_cookies: Iterable[str]) -> Secret | None:
    """The token that a response sets, out of its Set-Cookie headers; None when it sets none, or
    deletes it."""
    found: dict[str, str] = {}
    for header in set_cookies:
        name, equals, rest = header.partition("=")
        if equals and _NAMED.match(name.strip()):
            found[name.strip()] = rest.partition(";")[0].strip()
    return joined(found)
