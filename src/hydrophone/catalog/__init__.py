"""The one registry: model ids and presets, what answers for them, and what they cost."""

from hydrophone.catalog.models import ALIASES, ENGINE_MODELS, SEARCH, SUCCESSORS, Entry
from hydrophone.catalog.official import Official
from hydrophone.catalog.presets import PRESETS
from hydrophone.catalog.registry import Catalog
from hydrophone.catalog.session import SessionModels

__all__ = [
    "ALIASES",
    "ENGINE_MODELS",
    "PRESETS",
    "SEARCH",
    "SUCCESSORS",
    "Catalog",
    "Entry",
    "Official",
    "SessionModels",
]
