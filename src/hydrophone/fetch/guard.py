"""The guard against server-side request forgery: which URLs and addresses may be fetched.

A URL is parsed once. The verdict is about that parse, and its normalised URL is what the client
opens; names are decided by their addresses, and the connection goes to the addresses checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal

from hydrophone.fetch.address import Address, AddressKind, classify
from hydrophone.fetch.errors import Refused
from hydrophone.fetch.host import Host, MalformedHost, parse_host

Decision = Literal["refuse", "public", "dns"]

_URL_LIMIT = 8192
_PARTS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?P<rest>.*)\Z", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"//(?P<authority>[^/?#]*)(?P<tail>[^#]*)", re.DOTALL)
_PORT = re.compile(r"[0-9]{1,5}\Z")
_INNER_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_OUTER_BLANK = "".join(map(chr, range(0x21)))
# RFC 6761 makes the first two loopback; the others stand in the hosts file of common systems.
_LOOPBACK_NAMES = frozenset(
    {
        "localhost",
        "localhost.localdomain",
        "localhost4",
        "localhost4.localdomain4",
        "localhost6",
        "localhost6.localdomain6",
        "ip6-localhost",
        "ip6-loopback",
    }
)
_KIND_NAMES: dict[AddressKind, str] = {
    "loopback": "this machine",
    "private": "a private network",
    "metadata": "a cloud's metadata service",
    "reserved": "no public host",
}
# What is refused because nobody has allowed it; the rest never is.
_ALLOWED_BY: dict[AddressKind, str] = {
    "loopback": "; the setting HYDROPHONE_ALLOW_LOOPBACK allows it",
    "private": "; the setting HYDROPHONE_ALLOW_PRIVATE allows it",
}
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a URL may be fetched.

    `public`: its host is an address that may be connected to. `dns`: its host is a name, and all
    its addresses have to pass `Guard.check_addresses`. `url` is the normalised URL without its
    fragment, and `host` what to connect to; both are empty when the URL is refused.
    """

    decision: Decision
    reason: str
    url: str = ""
    host: str = ""


class Guard:
    """Decides by URL and by address. Metadata services and reserved ranges are never allowed."""

    __slots__ = ("_allowed",)

    def __init__(self, *, allow_loopback: bool = False, allow_private: bool = False) -> None:
        allowed: set[AddressKind] = {"public"}
        if allow_loopback:
            allowed.add("loopback")
        if allow_private:
            allowed.add("private")
        self._allowed = frozenset(allowed)

    def verdict(self, url: str) -> Verdict:
        """What the URL alone says. Never raises."""
        try:
            return self._judge(url.strip(_OUTER_BLANK))
        except (Refused, MalformedHost) as error:
            return Verdict("refuse", str(error))

    def admit(self, url: str) -> Verdict:
        """The verdict, when it is not a refusal. Raises Refused with the reason."""
        verdict = self.verdict(url)
        if verdict.decision == "refuse":
            raise Refused(f"not fetched: {verdict.reason}")
        return verdict

    def check_addresses(self, host: str, addresses: Iterable[str]) -> None:
        """Raises Refused unless every address that `host` resolved to may be connected to."""
        for text in addresses:
            try:
                kind = classify(ip_address(text))
            except ValueError as error:
                raise Refused(f"{host} resolved to {text!r}, which is no address") from error
            if kind not in self._allowed:
                raise Refused(f"not fetched: {host} resolves to {text}, {_describe(kind)}")

    def _judge(self, url: str) -> Verdict:
        scheme, authority, tail = _split(url)
        text, port = _split_port(authority)
        host = parse_host(text)
        shown = f"[{host}]" if isinstance(host, IPv6Address) else str(host)
        place = shown if port in (None, _DEFAULT_PORTS[scheme]) else f"{shown}:{port}"
        normal = _normalise(f"{scheme}://{place}{tail or '/'}", host)
        if isinstance(host, str):
            self._check_name(host)
            return Verdict("dns", f"the addresses of {host} decide", normal, host)
        self._check_literal(host)
        return Verdict("public", f"{host} may be connected to", normal, str(host))

    def _check_name(self, name: str) -> None:
        local = name in _LOOPBACK_NAMES or name.endswith(".localhost")
        if local and "loopback" not in self._allowed:
            raise Refused(f"{name} is {_describe('loopback')}")

    def _check_literal(self, address: Address) -> None:
        kind = classify(address)
        if kind not in self._allowed:
            raise Refused(f"{address} is {_describe(kind)}")


def _describe(kind: AddressKind) -> str:
    return _KIND_NAMES[kind] + _ALLOWED_BY.get(kind, "")


def _split(url: str) -> tuple[str, str, str]:
    """Scheme, authority, and path with query. Raises Refused."""
    if len(url) > _URL_LIMIT:
        raise Refused(f"the URL is longer than {_URL_LIMIT} characters")
    if _INNER_CONTROL.search(url):
        raise Refused("the URL has control characters in it")
    parts = _PARTS.match(url)
    if parts is None:
        raise Refused("this is no absolute URL; it must start with http:// or https://")
    scheme = parts["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise Refused(f"{scheme} is not fetched, only http and https")
    rest = _AUTHORITY.match(parts["rest"])
    if rest is None:
        raise Refused("the URL has no host")
    return scheme, rest["authority"], rest["tail"]


def _split_port(authority: str) -> tuple[str, int | None]:
    """Host text and port. Raises Refused for what programs read in different ways."""
    if "@" in authority:
        raise Refused("the URL has a user name or password in it")
    if "\\" in authority or "%" in authority:
        raise Refused("the host has a backslash or percent sign in it")
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        return authority, None
    if not port:
        return host, None
    if not _PORT.match(port) or not 0 < int(port) < 65536:
        raise Refused(f"{port!r} is not a port")
    return host, int(port)


def _normalise(url: str, host: Host) -> str:
    """The URL as the client will open it. Raises Refused if the client reads another host."""
    from yarl import URL

    try:
        parsed = URL(url)
        read = parsed.raw_host or ""
        same = str(read) == str(host) if isinstance(host, str) else ip_address(read) == host
    except ValueError as error:
        raise Refused("the URL is malformed") from error
    if not same:
        raise Refused("the URL can be read in more than one way")
    return str(parsed)
