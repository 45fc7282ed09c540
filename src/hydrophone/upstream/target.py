"""What a model id means to the official API: a preset, or one of its models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hydrophone.errors import NotConfigured
from hydrophone.types import JsonValue

MODELS_SETTING = "HYDROPHONE_UPSTREAM_MODELS"
# The one model that answers without a preset around it, so without its tools.
BARE_MODEL = "perplexity/sonar"
PRESETS = ("fast", "low", "medium", "high", "xhigh")
# As Perplexity's notes for those who leave Sonar have it.
SONAR_PRESETS: Mapping[str, str] = {
    "sonar": "fast",
    "sonar-pro": "low",
    "sonar-reasoning": "medium",
    "sonar-reasoning-pro": "medium",
    "sonar-deep-research": "high",
}
EVERY_SONAR = "*"


@dataclass(frozen=True, slots=True)
class Target:
    """A preset such as "fast", or a model such as "openai/gpt-5.1".

    `thinks`: its thoughts are told as thoughts. `searchless`: it never searches.
    """

    kind: Literal["preset", "model"]
    name: str
    thinks: bool = False
    searchless: bool = False

    @property
    def fields(self) -> dict[str, JsonValue]:
        """The field of a request that names it."""
        return {self.kind: self.name}

    def deeper(self) -> Target:
        """The one for a search in several rounds."""
        if self.kind == "preset" and self.name == "fast":
            return replace(self, name="low")
        return self

    def bare(self) -> Target:
        """A model without tools: a preset's own cannot be taken from it one by one."""
        return self if self.kind == "model" else replace(self, kind="model", name=BARE_MODEL)


def target_of(name: str) -> Target:
    """The preset, or the model where there is a slash in the name."""
    return Target("model" if "/" in name else "preset", name)


def read_targets(entries: tuple[str, ...]) -> Mapping[str, Target]:
    """Targets by model id. An entry is "*" for all models of Sonar, a model id of Sonar, or
    `id=target`, such as `sonar=perplexity/sonar` or `default=fast`; later entries count.

    Raises NotConfigured.
    """
    names: dict[str, str] = {}
    for entry in entries:
        model, has_target, name = (part.strip() for part in entry.partition("="))
        if entry == EVERY_SONAR:
            names = {**SONAR_PRESETS, **names}
        elif has_target and model and _is_target(name):
            names[model] = name
        elif not has_target and model in SONAR_PRESETS:
            names[model] = SONAR_PRESETS[model]
        else:
            raise NotConfigured(
                f"{MODELS_SETTING}: {entry!r} is neither '*', nor one of "
                f"{', '.join(SONAR_PRESETS)}, nor a model id with a preset "
                f"({', '.join(PRESETS)}) or a provider/model, such as 'sonar=low'"
            )
    return {model: target_of(name) for model, name in names.items()}


def _is_target(name: str) -> bool:
    provider, slash, model = name.partition("/")
    return bool(provider and model) if slash else name.partition("@")[0] in PRESETS
