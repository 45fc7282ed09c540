"""The kinds of values that settings have, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AliasChoices, BeforeValidator, ConfigDict
from pydantic_settings import NoDecode

MEGABYTE = 1_000_000
# A group is only ever read as a part of the whole. Its file leaves annotations as objects (no
# __future__ import): pydantic would evaluate their text twice, once more at every start.
GROUP = ConfigDict(defer_build=True)

Item = TypeVar("Item")


def split_commas(value: object) -> object:
    """The items of a text between commas; anything else as it is."""
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


Listed = Annotated[tuple[Item, ...], NoDecode, BeforeValidator(split_commas)]


def known_as(name: str, *older: str) -> AliasChoices:
    """The variable of a field, and the names of other programs that are read after it."""
    return AliasChoices(f"HYDROPHONE_{name.upper()}", name, *older)


def platform_data_dir() -> Path:
    """The folder where this platform keeps data of a user's programs."""
    from platformdirs import user_data_path

    return user_data_path("hydrophone", appauthor=False)
