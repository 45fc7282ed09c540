"""What the emulated service knows of models: who may ask them, and in which blocks they answer."""

from __future__ import annotations

from collections.abc import Mapping

from tests.emulators.perplexity_web.scripts import Carrier

# What answers whoever has no subscription.
CHEAPEST = "turbo"
_MAX = ("gpt6_astra", "gemini4argon", "claude55opus", "claudefable51", "claude46opus")
_CARRIERS: Mapping[str, Carrier] = {
    CHEAPEST: "workflow",
    "gemini38flash": "workflow",
    "gemini38flashthinking": "workflow",
    "gpt6_1_sol_thinking": "both",
    "claude55sonnetthinking": "both",
}


def carrier_of(identifier: str) -> Carrier:
    """The blocks that a model's text comes in: fast models have others than thinking ones."""
    return _CARRIERS.get(identifier, "markdown")


def is_beyond(identifier: str, tier: str) -> bool:
    """Whether a subscription does not have the model."""
    if identifier == CHEAPEST or tier not in ("free", "pro"):
        return False
    return tier == "free" or identifier.startswith(_MAX)
