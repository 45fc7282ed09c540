"""`hydrophone keys`: make, list and revoke the keys that callers bring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.output import Json, err, local_minute, out, print_json, run
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    from hydrophone.accounts.keys import KeyInfo

commands = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys of callers.")


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, for your own list.")] = "default",
    json: Json = False,
) -> None:
    """Make a key and show it, once. From then on the server asks for keys.

    Example: hydrophone keys create laptop
    """
    run(_create(name, json))


@commands.command(name="list")
def list_keys(json: Json = False) -> None:
    """Show all keys, without the keys themselves.

    Example: hydrophone keys list
    """
    run(_list(json))


@commands.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id or prefix; see `keys list`.")],
    json: Json = False,
) -> None:
    """Refuse a key from now on.

    Example: hydrophone keys revoke hp-Ab3dE5fG
    """
    run(_revoke(key, json))


async def _create(name: str, as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        made = await (await rooms.keys()).create(name)
    if as_json:
        print_json({"key": made.key.reveal(), **_object(made.info)})
        return
    out().print(made.key.reveal(), markup=False)
    err().print(
        "This is the only time the key is shown. Send it as: Authorization: Bearer <key>",
        style="yellow",
        markup=False,
    )


async def _list(as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        keys = await (await rooms.keys()).list()
    if as_json:
        objects: list[JsonValue] = [_object(info) for info in keys]
        print_json({"keys": objects})
    else:
        _table(keys)


async def _revoke(key: str, as_json: bool) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        info = await (await rooms.keys()).revoke(key)
    if as_json:
        print_json(_object(info))
    else:
        out().print(f"revoked {info.shown} ({info.name})", markup=False)


def _table(keys: Sequence[KeyInfo]) -> None:
    from rich.table import Table

    if not keys:
        out().print("there are no keys; make one with `hydrophone keys create NAME`")
        return
    table = Table("key", "name", "made", "last used", "state", box=None, header_style="bold")
    for info in keys:
        state = "revoked" if info.revoked_at else "valid"
        table.add_row(info.shown, info.name, _day(info.created_at), _day(info.last_used_at), state)
    out().print(table)


def _day(moment: datetime | None) -> str:
    return local_minute(moment) if moment else "never"


def _object(info: KeyInfo) -> dict[str, JsonValue]:
    return {
        "id": info.id,
        "name": info.name,
        "prefix": info.prefix,
        "last_four": info.last_four,
        "created_at": info.created_at.isoformat(),
        "last_used_at": info.last_used_at.isoformat() if info.last_used_at else None,
        "revoked_at": info.revoked_at.isoformat() if info.revoked_at else None,
    }
