"""The three ways to decide who may ask, and which of them a server starts in.

- `open`: bound to loopback, and no key exists: anyone on this machine.
- `keys`: a key exists, or the setting `API_KEYS` holds one: whoever brings a valid key.
- `session`: each request brings the caller's own Perplexity session token.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Literal, TypeAlias

from hydrophone.errors import NotConfigured

Mode: TypeAlias = Literal["open", "keys", "session"]


def decide_mode(host: str, has_keys: bool, session: bool) -> Mode:
    """The mode of a server bound to `host`, an address or a name.

    Raises NotConfigured when strangers could ask without a key.
    """
    if session:
        return "session"
    if has_keys:
        return "keys"
    if is_loopback(host):
        return "open"
    raise NotConfigured(
        f"refusing to listen on {host or 'all addresses'} without keys: anyone who reaches this "
        "machine could ask and read its documents. Make a key with `hydrophone keys create NAME`, "
        "or set API_KEYS, or listen on 127.0.0.1."
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`. A name other than localhost counts as reachable."""
    bare = host.removeprefix("[").removesuffix("]").lower()
    if bare == "localhost":
        return True
    try:
        address = ip_address(bare)
    except ValueError:
        return False
    # Python before 3.13 does not call ::ffff:127.0.0.1 loopback.
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
