"""The key by which a caller may send the same order twice and have it done once."""

from __future__ import annotations

from hydrophone.errors import InvalidRequest

_CHARS = 255


def check_key(key: str | None) -> None:
    """Raises InvalidRequest where this cannot be such a key."""
    if key is not None and not (0 < len(key) <= _CHARS and key.isprintable()):
        raise InvalidRequest(
            f"an idempotency key has 1 to {_CHARS} printable characters", param="idempotency_key"
        )
