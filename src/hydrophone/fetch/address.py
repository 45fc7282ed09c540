"""What kind of place an IP address is.

The ranges are those of the IANA special-purpose registries, kept here because the answers of
`ipaddress` change between versions of Python. IPv6 is public only inside 2000::/3, the one block
that is handed out; addresses that carry an IPv4 address are judged by what they carry.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
AddressKind = Literal["public", "loopback", "private", "metadata", "reserved"]

# Where clouds answer questions about the machine itself, with credentials among the answers:
# AWS, Azure, Google and most others; ECS; Rancher; Alibaba; Oracle; Azure's wire server; Tencent;
# then the IPv6 ones of AWS, Google, Scaleway.
_METADATA = frozenset(
    {
        "169.254.169.254",
        "169.254.170.2",
        "169.254.169.250",
        "169.254.0.23",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fd00:42::42",
    }
)
_PRIVATE_V4 = tuple(
    map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
)
_LOOPBACK_V4 = IPv4Network("127.0.0.0/8")
_RESERVED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_PRIVATE_V6 = IPv6Network("fc00::/7")
_GLOBAL_V6 = IPv6Network("2000::/3")
_RESERVED_V6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "3ffe::/16"))
)
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


@lru_cache(maxsize=4096)
def classify(address: Address) -> AddressKind:
    """What kind of place the address is; only `public` is on the open Internet."""
    if isinstance(address, IPv6Address):
        carried = carried_v4(address)
        return classify(carried) if carried is not None else _classify_v6(address)
    if str(address) in _METADATA:
        return "metadata"
    if address in _LOOPBACK_V4:
        return "loopback"
    if any(address in network for network in _PRIVATE_V4):
        return "private"
    if any(address in network for network in _RESERVED_V4):
        return "reserved"
    return "public"


def _classify_v6(address: IPv6Address) -> AddressKind:
    """Like `classify`, for an address that carries no IPv4 address."""
    if str(address) in _METADATA:
        return "metadata"
    if address.is_loopback:
        return "loopback"
    if address in _PRIVATE_V6:
        return "private"
    if address not in _GLOBAL_V6 or any(address in network for network in _RESERVED_V6):
        return "reserved"
    return "public"


def carried_v4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside a mapped, compatible or NAT64 address (RFC 4291, RFC 6052).

    6to4 and Teredo addresses are not looked into: their whole ranges are reserved here.
    """
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    low = int(address) & 0xFFFFFFFF
    # ::, ::1 and their neighbours are addresses of their own, not 0.0.0.x in disguise.
    if address in _NAT64 or (address in _COMPATIBLE and low > 0xFFFF):
        return IPv4Address(low)
    return None
