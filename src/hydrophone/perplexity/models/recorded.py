"""Models that no list shows any more, which programs may still ask for by `provider/name`.

As perplexity-webui-scraper 1.2.1 (October 2026) recorded them: those that the service still
answered for then, beside the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from hydrophone.perplexity.models.table import Mode, Model, Tier

# The id, the name, the identifier, and the least subscription or `-` where none is recorded.
_RECORDED = """
nvidia/nemotron-3-ultra-thinking | Nemotron 3 Ultra | nv_nemotron_3_ultra | pro
openai/gpt-5.6-terra | GPT-5.6 Terra | gpt56_terra | pro
openai/gpt-5.6-terra-thinking | GPT-5.6 Terra Thinking | gpt56_terra_thinking | pro
openai/gpt-5.6-sol | GPT-5.6 Sol | gpt56_sol | max
openai/gpt-5.6-sol-thinking | GPT-5.6 Sol Thinking | gpt56_sol_thinking | max
anthropic/claude-sonnet-5 | Claude Sonnet 5 | claude50sonnet | pro
anthropic/claude-sonnet-5-thinking | Claude Sonnet 5 Thinking | claude50sonnetthinking | pro
anthropic/claude-opus-5 | Claude Opus 5 | claude50opus | max
anthropic/claude-opus-5-thinking | Claude Opus 5 Thinking | claude50opusthinking | max
x-ai/grok-4.6 | Grok 4.6 | grok46low | pro
x-ai/grok-4.6-thinking | Grok 4.6 Thinking | grok46medium | pro
google/gemini-3.7-flash | Gemini 3.7 Flash | gemini37flash | pro
google/gemini-3.7-flash-thinking | Gemini 3.7 Flash Thinking | gemini37flashthinking | pro
perplexity/sonar-2 | Sonar 2 | experimental | pro
z-ai/glm-5.2 | GLM 5.2 Thinking | glm_5_2 | pro
google/gemini-3.1-pro-thinking-high | Gemini 3.1 Pro Thinking | gemini31pro_high | pro
x-ai/grok-4.5 | Grok 4.5 | grok45low | pro
x-ai/grok-4.5-thinking | Grok 4.5 Thinking | grok45medium | pro
anthropic/claude-opus-4.8 | Claude Opus 4.8 | claude48opus | max
anthropic/claude-opus-4.8-thinking | Claude Opus 4.8 Thinking | claude48opusthinking | max
google/gemini-3.1-pro-thinking-low | Gemini 3.1 Pro | gemini31pro_low | pro
moonshot/kimi-k2.6-instant | Kimi K2.6 | kimik26instant | pro
moonshot/kimi-k2.6-thinking | Kimi K2.6 Thinking | kimik26thinking | pro
nvidia/nemotron-3-super-thinking | Nemotron 3 Super | nv_nemotron_3_super | pro
openai/gpt-5.5-thinking | GPT-5.5 Thinking | gpt55_thinking | max
anthropic/claude-opus-4.7 | Claude Opus 4.7 | claude47opus | max
anthropic/claude-opus-4.7-thinking | Claude Opus 4.7 Thinking | claude47opusthinking | max
openai/gpt4o | GPT-4o | gpt4o | -
openai/gpt41 | GPT-4.1 | gpt41 | -
openai/gpt5 | GPT-5 | gpt5 | -
openai/gpt5-thinking | GPT-5 Thinking | gpt5_thinking | -
openai/gpt51 | GPT-5.1 | gpt51 | -
openai/gpt51-thinking | GPT-5.1 Thinking | gpt51_thinking | -
openai/gpt51-low-thinking | GPT-5.1 Low Thinking | gpt51_low_thinking | -
openai/gpt5-mini | GPT-5 Mini | gpt5_mini | -
openai/gpt5-nano | GPT-5 Nano | gpt5_nano | -
openai/gpt5-pro | GPT-5 Pro | gpt5_pro | -
openai/gpt52-thinking | GPT-5.2 Thinking | gpt52_thinking | -
openai/gpt52-pro | GPT-5.2 Pro | gpt52_pro | -
openai/gpt55 | GPT-5.5 | gpt55 | -
anthropic/claude2 | Claude Sonnet 4.0 | claude2 | -
anthropic/claude37sonnetthinking | Claude Sonnet 4.0 Thinking | claude37sonnetthinking | -
anthropic/claude40sonnetthinking | Claude Sonnet 4.0 Thinking | claude40sonnetthinking | -
google/gemini25pro | Gemini 2.5 Pro | gemini25pro | -
google/gemini30flash-high | Gemini 3 Flash Thinking | gemini30flash_high | -
google/gemini35flash | Gemini 3.5 Flash | gemini35flash | -
google/gemini35flash-medium | Gemini 3.5 Flash Medium Thinking | gemini35flash_medium | -
google/gemini35flash-high | Gemini 3.5 Flash Thinking | gemini35flash_high | -
x-ai/grok | Grok 3 Beta | grok | -
anthropic/claude40opus | Claude Opus 4.0 | claude40opus | -
anthropic/claude40opusthinking | Claude Opus 4.0 Thinking | claude40opusthinking | -
anthropic/claude41opus | Claude Opus 4.1 | claude41opus | -
anthropic/claude41opusthinking | Claude Opus 4.1 Thinking | claude41opusthinking | -
moonshot/kimik25thinking | Kimi K2.5 Thinking | kimik25thinking | -
x-ai/grok4 | Grok 4 | grok4 | -
x-ai/grok4nonthinking | Grok 4 | grok4nonthinking | -
openai/o4mini | o4-mini | o4mini | -
openai/o3pro | o3-pro | o3pro | -
"""
_TIERS: Mapping[str, Tier | None] = {"free": "free", "pro": "pro", "max": "max", "-": None}
_MODES: Mapping[str, Mode] = {"openai/o4mini": "research"}


def _models() -> Iterator[Model]:
    for line in _RECORDED.split("\n")[1:-1]:
        id, name, identifier, tier = line.split(" | ")
        provider, mode = id.partition("/")[0], _MODES.get(id, "copilot")
        yield Model(id, name, identifier, "", _TIERS[tier], mode, provider=provider)


RECORDED: Mapping[str, Model] = MappingProxyType({model.id: model for model in _models()})
