"""All groups of settings as one object, and reading it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hydrophone.errors import NotConfigured
from hydrophone.settings.answers import AnswerSettings
from hydrophone.settings.models import ModelSettings
from hydrophone.settings.server import ServerSettings
from hydrophone.settings.session import SessionSettings
from hydrophone.settings.upstream import UpstreamSettings
from hydrophone.settings.web import WebSettings


# Fields stand in the order of the bases from the last to the first.
class Settings(
    AnswerSettings,
    WebSettings,
    SessionSettings,
    UpstreamSettings,
    ModelSettings,
    ServerSettings,
    BaseSettings,
):
    """All settings with their defaults; see each field's description."""

    model_config = SettingsConfigDict(
        env_prefix="HYDROPHONE_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        populate_by_name=True,
        frozen=True,
        env_ignore_empty=True,
        defer_build=False,
    )


def load_settings(**overrides: Any) -> Settings:
    """The settings from the environment, `.env` and `overrides` (by field name; None is left out).

    Raises NotConfigured with the names of the settings that are wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        problems = "; ".join(f"{_variable(item['loc'])}: {item['msg']}" for item in error.errors())
        raise NotConfigured(f"a setting is wrong: {problems}") from None
    except (UnicodeDecodeError, OSError) as error:
        raise NotConfigured(f"the file .env cannot be read as UTF-8 text: {error}") from None
    return _bound(settings)


def _bound(settings: Settings) -> Settings:
    """With the address of session mode, where that one counts."""
    host = settings.session_host
    if settings.mode != "session" or "host" in settings.model_fields_set or not _is_address(host):
        return settings
    return settings.model_copy(update={"host": host})


def _is_address(host: str | None) -> bool:
    if host is None or host == "localhost":
        return host is not None
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _variable(place: tuple[int | str, ...]) -> str:
    """The variable that a value came from; pydantic names the field or one of its aliases."""
    name = str(place[0]) if place else ""
    return f"HYDROPHONE_{name.upper()}" if name in Settings.model_fields else name.upper()
