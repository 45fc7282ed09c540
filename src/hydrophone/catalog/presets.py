"""The presets of Perplexity's Agent API, and what each means to the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hydrophone.errors import InvalidRequest
from hydrophone.ports import Preset

PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("fast", "sonar"),
        Preset("low", "sonar-pro", "medium"),
        Preset("medium", "sonar-reasoning-pro", "medium", depth="pro"),
        Preset("high", "sonar-deep-research", "medium", effort="medium"),
        Preset("xhigh", "sonar-deep-research", "high", effort="xhigh"),
    )
}
# Names of before, and of the models of Sonar that a preset stands for. Perplexity took two of them
# for presets that do less: who asks for deep research gets a report here.
OLDER: Mapping[str, str] = {
    "fast-search": "fast",
    "pro-search": "low",
    "deep-research": "high",
    "advanced-deep-research": "xhigh",
    "sonar": "fast",
    "sonar-pro": "low",
    "sonar-reasoning": "medium",
    "sonar-reasoning-pro": "medium",
    "sonar-deep-research": "high",
}
# A name with the version that it is pinned to, such as `fast@2026-09-01.0`.
_PINNED = re.compile(r"([a-z][a-z-]{0,40})(?:@[0-9A-Za-z][0-9A-Za-z._-]{0,40})?")
_SHOWN_CHARS = 80


def find_preset(name: str) -> Preset:
    """The preset with this name, older name or pinned name. Raises InvalidRequest."""
    match = _PINNED.fullmatch(name)
    bare = match[1] if match else name
    preset = PRESETS.get(OLDER.get(bare, bare))
    if preset is None:
        raise InvalidRequest(
            f"there is no preset {name[:_SHOWN_CHARS]!r}; there are: {', '.join(PRESETS)}",
            param="preset",
        )
    return preset
