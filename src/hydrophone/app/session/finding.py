"""Whose web session it is, and for whom the key of OPENAI_API_KEY is, for `hydrophone doctor`."""

from __future__ import annotations

from hydrophone.app.finding import Finding
from hydrophone.app.session.opening import OwnSession, inbound_keys
from hydrophone.settings import Settings


def look_at(settings: Settings, own: OwnSession | None) -> list[Finding]:
    """What stands in the settings; nothing is asked of the service."""
    about = "web session"
    if settings.offline:
        found = [Finding("note", about, "off: HYDROPHONE_OFFLINE forbids outgoing requests")]
    elif own is None:
        message = "none of this server's own; callers may bring theirs, or `hydrophone login`"
        found = [Finding("note", about, message)]
    else:
        place = "`hydrophone login`" if settings.session_token is None else "the settings"
        message = f"the token of {place}; `hydrophone login --check` tries it"
        found = [Finding("ok", about, message)]
    if settings.openai_api_key is not None:
        found.append(Finding("note", "OPENAI_API_KEY", _of_key(settings)))
    return found


def _of_key(settings: Settings) -> str:
    if len(inbound_keys(settings)) > len(settings.api_keys):
        return "a key that callers of this server may use; it is sent to nobody"
    return "for other programs: callers of this server cannot use it, and it is sent to nobody"
