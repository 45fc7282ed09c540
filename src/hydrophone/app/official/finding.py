"""What `doctor` finds of the official API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hydrophone.app.finding import Finding
from hydrophone.errors import HydrophoneError
from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.upstream.client import OfficialApi

ABOUT = "official API"
LOOK_S = 10.0


async def look_at(settings: Settings, api: OfficialApi | None) -> Finding:
    """Ask it for its models, which costs nothing."""
    if settings.upstream_key is None:
        message = "no key: set HYDROPHONE_UPSTREAM_KEY to have it answer for models of Sonar"
        return Finding("note", ABOUT, message)
    if api is None:
        return Finding("note", ABOUT, "a key is set; off by HYDROPHONE_OFFLINE")
    from hydrophone.upstream.client import MODELS_PATH
    from hydrophone.upstream.target import read_targets

    models = ", ".join(read_targets(settings.upstream_models)) or "no model"
    try:
        await api.call("GET", MODELS_PATH, None, deadline_s=LOOK_S)
    except HydrophoneError as error:
        return Finding("problem", ABOUT, error.message)
    return Finding("ok", ABOUT, f"a key is set, {api.where} answers; it is asked for {models}")
