"""Models under the names of constants, as programs of early 2026 write them."""

from __future__ import annotations


class Models:
    """Ids of models; any id as a string does as well."""

    RESEARCH = "deep-research"
    LABS = "labs"
    BEST = "best"
    SONAR = "sonar"
    GPT_52 = "gpt-5.2"
    GPT_52_THINKING = "gpt-5.2-thinking"
    CLAUDE_45_OPUS = "claude-opus-4.5"
    CLAUDE_45_OPUS_THINKING = "claude-opus-4.5-thinking"
    GEMINI_3_PRO = "gemini-3-pro"
    GEMINI_3_FLASH = "gemini-3-flash"
    GEMINI_3_FLASH_THINKING = "gemini-3-flash-thinking"
    GROK_41 = "grok-4.1"
    GROK_41_THINKING = "grok-4.1-thinking"
    KIMI_K2_THINKING = "kimi-k2-thinking"
    CLAUDE_45_SONNET = "claude-sonnet-4.5"
    CLAUDE_45_SONNET_THINKING = "claude-sonnet-4.5-thinking"
