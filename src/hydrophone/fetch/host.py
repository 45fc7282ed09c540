"""The host of a URL, read once, the way the WHATWG URL standard reads it, only stricter.

Whatever different programs would read differently (a backslash, a percent sign, a user name, an
address with leftovers) is an error here, so what is checked is what is connected to.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TypeAlias

Host: TypeAlias = str | IPv4Address | IPv6Address

_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\Z")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_NAME_LIMIT = 253
_LABEL_LIMIT = 63


class MalformedHost(ValueError):
    """The text is no host; the message says why."""


def parse_host(text: str) -> Host:
    """An address, or a lower-case ASCII name without a dot at its end. Raises MalformedHost."""
    if text.startswith("["):
        return _parse_v6(text)
    name = _ascii_name(text).removesuffix(".")
    labels = name.split(".")
    if _NUMBER.match(labels[-1]):
        return _parse_v4(labels)
    if len(name) > _NAME_LIMIT:
        raise MalformedHost("the host name is longer than 253 characters")
    for label in labels:
        if len(label) > _LABEL_LIMIT or not _NAME.match(label):
            raise MalformedHost(f"{name!r} is not a host name")
    return name


def _ascii_name(text: str) -> str:
    """The name after UTS #46: case, width and enclosed forms folded, other scripts in Punycode."""
    if not text:
        raise MalformedHost("the URL has no host")
    if text.isascii():
        return text.lower()
    import idna

    try:
        folded = idna.uts46_remap(text, std3_rules=False, transitional=False)
        labels = folded.split(".")
        return ".".join(x if x.isascii() else idna.alabel(x).decode() for x in labels)
    except (idna.IDNAError, UnicodeError) as error:
        shown = unicodedata.normalize("NFC", text).encode("ascii", "backslashreplace").decode()
        raise MalformedHost(f"{shown!r} is not a host name") from error


def _parse_v6(text: str) -> IPv6Address:
    if not text.endswith("]") or "%" in text:
        raise MalformedHost(f"{text!r} is not an IPv6 address without a zone")
    try:
        return IPv6Address(text[1:-1])
    except AddressValueError as error:
        raise MalformedHost(f"{text!r} is not an IPv6 address") from error


def _parse_v4(labels: list[str]) -> IPv4Address:
    """One to four numbers, decimal, octal or hexadecimal; the last one fills the rest."""
    shown = ".".join(labels)
    if len(labels) > 4:
        raise MalformedHost(f"{shown!r} is not an IPv4 address")
    numbers = [_parse_number(label, shown) for label in labels]
    rest_bits = 8 * (5 - len(numbers))
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 1 << rest_bits:
        raise MalformedHost(f"{shown!r} is not an IPv4 address: a number is too large")
    value = numbers[-1]
    for place, number in enumerate(numbers[:-1]):
        value += number << (8 * (3 - place))
    return IPv4Address(value)


def _parse_number(label: str, shown: str) -> int:
    try:
        if not _NUMBER.match(label):
            raise ValueError
        if label.startswith("0x"):
            return int(label[2:] or "0", 16)
        return int(label, 8) if label.startswith("0") else int(label, 10)
    except ValueError as error:
        raise MalformedHost(f"{shown!r} is not an IPv4 address") from error
