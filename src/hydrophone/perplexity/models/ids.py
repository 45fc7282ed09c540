"""How an id finds its model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from hydrophone.errors import InvalidModel
from hydrophone.perplexity.models.recorded import RECORDED
from hydrophone.perplexity.models.table import MODELS, Mode, Model

CUSTOM = "custom:"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]{1,128}\Z")

# Names under which programs know them: those of the fork's server, of its MCP tool, and short ones.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "perplexity-auto": "best",
        "perplexity-sonar": "sonar",
        "perplexity-research": "deep-research",
        "perplexity-labs": "labs",
        "auto": "best",
        "research": "deep-research",
        "gpt-4": "best",
        "gpt-4-turbo": "best",
        "gpt-4o": "best",
        "gpt52": "gpt-5.2",
        "gpt52_thinking": "gpt-5.2-thinking",
        "gpt54": "gpt-5.4",
        "claude_sonnet": "claude-sonnet-5.5",
        "claude_sonnet_thinking": "claude-sonnet-5.5-thinking",
        "claude_opus": "claude-opus-5.5",
        "claude_opus_thinking": "claude-opus-5.5-thinking",
        "gemini_pro": "gemini-3.1-pro",
        "gemini_flash": "gemini-3.8-flash",
        "grok": "grok-4.7",
        "grok_thinking": "grok-4.7-thinking",
        "kimi": "kimi-k3-thinking",
    }
)
_BY_IDENTIFIER = {
    model.identifier: model for model in reversed([*MODELS.values(), *RECORDED.values()])
}


def resolve(
    model: str, *, known: Mapping[str, Model] = MODELS, custom_mode: Mode = "copilot"
) -> Model:
    """The model of an id: of the table, an older name, `provider/name`, `custom:` and an
    identifier, or an identifier by itself. Raises InvalidModel, which says what there is."""
    if model.startswith(CUSTOM):
        return _custom(model, custom_mode)
    plain = model.partition("/")[2] or model
    for name in (model, plain):
        if name in known:
            return known[name]
    if model in RECORDED:
        return RECORDED[model]
    if (name := ALIASES.get(plain, "")) in known:
        return known[name]
    if plain in _BY_IDENTIFIER:
        found = _BY_IDENTIFIER[plain]
        return known.get(found.id, found)
    raise InvalidModel(
        f"Perplexity has no model {model[:80]!r}; there are: {', '.join(known)}, and "
        f"{CUSTOM}IDENTIFIER for any other",
        param="model",
    )


def _custom(model: str, mode: Mode) -> Model:
    identifier = model.removeprefix(CUSTOM)
    if not _IDENTIFIER.match(identifier):
        raise InvalidModel(
            f"behind {CUSTOM} stand 1 to 128 letters, digits, or any of _ . : -", param="model"
        )
    return Model(model, identifier, identifier, "", None, mode)
