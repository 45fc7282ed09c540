"""The subscription of an account, out of what the service tells of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

from hydrophone.perplexity.errors import AuthenticationError, FileAccessError, ModelAccessError
from hydrophone.perplexity.models.table import Model
from hydrophone.perplexity.session.web import WebSession

AccountTier = Literal["unknown", "free", "pro", "max"]
SESSION_PATH = "/api/auth/session"
_SETTINGS_PATH = "/rest/user/settings"
_RANKS: Mapping[str, int] = {"free": 0, "pro": 1, "max": 2}
_KEPT_S = 300.0


class Account:
    """The account of a session; what is asked of the service is kept for five minutes."""

    def __init__(self, web: WebSession) -> None:
        self._web = web
        self._tier: AccountTier = "unknown"
        self._known_until = 0.0

    async def tier(self) -> AccountTier:
        """The subscription. Raises AuthenticationError when the session has ended."""
        if time.monotonic() < self._known_until:
            return self._tier
        told = await self._web.get(SESSION_PATH)
        user = told.get("user") if isinstance(told, dict) else None
        if not isinstance(user, dict):
            raise AuthenticationError(
                "the session token is invalid or has expired: get a new one with "
                "`hydrophone login`",
                status_code=200,
                url=SESSION_PATH,
            )
        self._tier = tier_of(user)
        if self._tier == "unknown":
            settings = await self._web.get(_SETTINGS_PATH)
            self._tier = tier_of(settings) if isinstance(settings, dict) else "unknown"
        self._known_until = time.monotonic() + _KEPT_S
        return self._tier


def tier_of(told: Mapping[str, Any]) -> AccountTier:
    """The subscription that `subscription_tier`, `payment_tier`, `subscription_status` and
    `subscription_source` say; "unknown" when they say nothing that is known."""
    names = ("subscription_tier", "payment_tier", "subscription_status", "subscription_source")
    tier, payment, status, source = (str(told.get(name) or "").lower() for name in names)
    if "max" in (tier, payment):
        return "max"
    if tier.endswith("pro"):
        return "pro"
    if status in ("active", "trialing") and payment and not payment.startswith("free"):
        return "pro"
    if tier == "free" or payment.startswith("free") or "none" in (status, source):
        return "free"
    return "unknown"


def check_model(model: Model, tier: AccountTier) -> None:
    """Raise ModelAccessError when a subscription that is known does not have the model."""
    needed = model.subscription_tier
    if tier == "unknown" or needed is None or _RANKS[tier] >= _RANKS[needed]:
        return
    if tier == "free" and model.free_identifier is not None:
        return
    raise ModelAccessError(model.id, needed, tier)


def check_files(tier: AccountTier) -> None:
    """Raise FileAccessError when the account is known to have no uploads."""
    if tier == "free":
        raise FileAccessError(tier)
