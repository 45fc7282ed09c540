"""Who asks, and may they."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hydrophone.types import Principal, Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings to say who it is. Header values as they came."""

    bearer: Secret | None
    malformed: bool = False


class Accounts(Protocol):
    """Who asks, and may they."""

    async def identify(self, credentials: Credentials) -> Principal:
        """Who this is.

        Raises AuthenticationError (401) for a missing, malformed or wrong key, and NotConfigured
        (503) when keys are required and none exists.
        """

    @property
    def open(self) -> bool:
        """True when anybody on this machine may ask without a key."""
