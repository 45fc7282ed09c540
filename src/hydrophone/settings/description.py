"""The settings as they are shown to people: variables, values, what each is for."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import AliasChoices, SecretStr

from hydrophone.settings.whole import Settings


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting as it is shown; a secret's value is only said to be set."""

    field: str
    variable: str
    older: tuple[str, ...]
    value: str
    changed: bool
    description: str


def describe(settings: Settings) -> list[SettingLine]:
    """All settings with their variables and values, in the order of their groups."""
    return [
        SettingLine(
            field=name,
            variable=f"HYDROPHONE_{name.upper()}",
            older=_older_names(name, field.validation_alias),
            value=_shown(getattr(settings, name)),
            changed=name in settings.model_fields_set,
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _older_names(name: str, alias: object) -> tuple[str, ...]:
    if not isinstance(alias, AliasChoices):
        return ()
    own = {name, f"HYDROPHONE_{name.upper()}"}
    return tuple(str(choice) for choice in alias.choices if choice not in own)


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set)"
    if isinstance(value, tuple):
        secret = any(isinstance(item, SecretStr) for item in value)
        return f"({len(value)} set)" if secret else ",".join(map(str, value))
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
