"""Keys that a setting holds (`API_KEYS`): any text, compared in constant time against all."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from hydrophone.types import Principal, Secret

_ID_CHARS = 12


class StaticKeys:
    """The keys of the setting; blank ones are left out."""

    def __init__(self, keys: Iterable[Secret] = ()) -> None:
        digests = [_digest(key) for key in keys if key.reveal().strip()]
        self._principals = {digest: _principal(digest) for digest in digests}

    def __len__(self) -> int:
        return len(self._principals)

    def find(self, bearer: Secret) -> Principal | None:
        """Whose key this is, or None. Looks at all keys, whether or not one has matched."""
        asked = _digest(bearer)
        found: Principal | None = None
        for digest, principal in self._principals.items():
            # Digests, so that neither the length nor the place of a difference can be timed.
            if hmac.compare_digest(digest, asked):
                found = principal
        return found


def _digest(key: Secret) -> bytes:
    return hashlib.sha256(key.reveal().strip().encode("utf-8", "surrogatepass")).digest()


def _principal(digest: bytes) -> Principal:
    # By its digest and not by its place: another order must not hand one caller's work to another.
    return Principal("key", f"static-{digest.hex()[:_ID_CHARS]}", "API_KEYS")
