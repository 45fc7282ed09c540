"""The bundled table of models.

Ids, identifiers, modes and tiers are those that perplexity-webui-scraper recorded up to its version
1.2.1 (October 2026), the newest first, and those of its forks. The service's own list is asked for
where that is possible (see discovery).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Tier = Literal["free", "pro", "max"]
Mode = Literal["copilot", "research", "search"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the service. `identifier` is what it is asked by; `subscription_tier` the least
    subscription that has it, None when nobody has recorded it. `free_identifier` is what an account
    without a subscription asks in its place."""

    id: str
    name: str
    identifier: str
    description: str = ""
    subscription_tier: Tier | None = "pro"
    mode: Mode = "copilot"
    free_identifier: str | None = None
    provider: str = "perplexity"


_P, _O, _G, _A = "perplexity", "openai", "google", "anthropic"
_M, _Z, _X, _N = "moonshot", "z-ai", "x-ai", "nvidia"


def _pair(
    provider: str,
    id: str,
    name: str,
    plain: str,
    thinking: str,
    tier: Tier | None = "pro",
) -> Iterator[Model]:
    """A model, and the same thinking aloud."""
    made_by = {_O: "OpenAI", _G: "Google", _A: "Anthropic", _X: "xAI"}[provider]
    yield Model(id, name, plain, f"{made_by}'s {name}", tier, provider=provider)
    told = f"{made_by}'s {name} with thinking"
    yield Model(f"{id}-thinking", f"{name} Thinking", thinking, told, tier, provider=provider)


def _models() -> Iterator[Model]:
    yield Model(
        "best",
        "Pro",
        "pplx_pro_upgraded",
        "Automatically selects the most responsive model",
        free_identifier="turbo",
    )
    yield Model(
        "deep-research",
        "Deep research",
        "pplx_alpha",
        "Fast and thorough for routine research",
        mode="research",
    )
    yield Model("labs", "Labs", "pplx_beta", "Multi-step tasks with advanced troubleshooting")
    yield Model("sonar", "Sonar", "experimental", "Perplexity's latest model")
    yield from _pair(_O, "gpt-6.1-sol", "GPT-6.1 Sol", "gpt6_1_sol", "gpt6_1_sol_thinking")
    yield from _pair(_O, "gpt-6-astra", "GPT-6 Astra", "gpt6_astra", "gpt6_astra_thinking", "max")
    yield from _pair(
        _G, "gemini-4-argon", "Gemini 4 Argon", "gemini4argon", "gemini4argonthinking", "max"
    )
    yield from _pair(
        _G, "gemini-3.8-flash", "Gemini 3.8 Flash", "gemini38flash", "gemini38flashthinking"
    )
    yield from _pair(
        _A, "claude-sonnet-5.5", "Claude Sonnet 5.5", "claude55sonnet", "claude55sonnetthinking"
    )
    yield from _pair(
        _A, "claude-opus-5.5", "Claude Opus 5.5", "claude55opus", "claude55opusthinking", "max"
    )
    yield from _pair(
        _A, "claude-fable-5.1", "Claude Fable 5.1", "claudefable51", "claudefable51thinking", "max"
    )
    yield Model("kimi-k3-thinking", "Kimi K3 Thinking", "kimik3thinking", provider=_M)
    yield Model("glm-5.3", "GLM 5.3", "glm_5_3_thinking", provider=_Z)
    yield from _pair(_X, "grok-4.7", "Grok 4.7", "grok47", "grok47thinking")
    yield Model(
        "nemotron-3.5-super-vl-thinking",
        "Nemotron 3.5 Super VL Thinking",
        "nv_nemotron_3_5_super",
        provider=_N,
    )
    yield from _older()


def _older() -> Iterator[Model]:
    """What earlier versions of the documents name; the service still answers for them."""
    yield from _pair(_G, "gemini-3.1-pro", "Gemini 3.1 Pro", "gemini31pro_low", "gemini31pro_high")
    yield from _pair(_O, "gpt-5.4", "GPT-5.4", "gpt54", "gpt54_thinking")
    yield from _pair(
        _A, "claude-sonnet-4.6", "Claude Sonnet 4.6", "claude46sonnet", "claude46sonnetthinking"
    )
    yield from _pair(
        _A, "claude-opus-4.6", "Claude Opus 4.6", "claude46opus", "claude46opusthinking", "max"
    )
    yield Model(
        "nv-nemotron-3-super-thinking",
        "Nemotron 3 Super Thinking",
        "nv_nemotron_3_super",
        "NVIDIA's Nemotron 3 Super 120B model with thinking",
        provider=_N,
    )
    yield from _pair(_O, "gpt-5.2", "GPT-5.2", "gpt52", "gpt52_thinking", None)
    yield from _pair(
        _A, "claude-opus-4.5", "Claude Opus 4.5", "claude45opus", "claude45opusthinking", None
    )
    yield from _pair(
        _A,
        "claude-sonnet-4.5",
        "Claude Sonnet 4.5",
        "claude45sonnet",
        "claude45sonnetthinking",
        None,
    )
    yield Model("gemini-3-pro", "Gemini 3 Pro", "gemini30pro", "", None, provider=_G)
    yield from _pair(
        _G, "gemini-3-flash", "Gemini 3 Flash", "gemini30flash", "gemini30flash_high", None
    )
    yield from _pair(_X, "grok-4.1", "Grok 4.1", "grok41nonreasoning", "grok41reasoning", None)
    yield Model("kimi-k2-thinking", "Kimi K2 Thinking", "kimik2thinking", "", None, provider=_M)


MODELS: Mapping[str, Model] = MappingProxyType({model.id: model for model in _models()})
