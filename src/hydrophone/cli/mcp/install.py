"""`hydrophone mcp install`: write the server into another program's configuration, and undo it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.mcp.clients import NAME, Client, Place, entry, place_of
from hydrophone.cli.mcp.config_file import ConfigFile
from hydrophone.cli.mcp.serve import KEY_VARIABLE
from hydrophone.cli.output import err, errors_as_messages, fail, out, print_json

if TYPE_CHECKING:
    from hydrophone.settings import Settings

# What only a server that listens to others heeds.
_OF_SERVE = frozenset({"host", "port", "log_level", "api_keys", "cors_origins", "preload"})


def install(
    client: Annotated[Client, typer.Option(help="The program to tell of the server.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take it out again.")] = False,
    print_only: Annotated[
        bool, typer.Option("--print", help="Show what would be written; change nothing.")
    ] = False,
    project: Annotated[
        bool, typer.Option("--project", help="For this folder only, in a file of its own.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(help="Ask this running server instead of opening the index.")
    ] = None,
    with_secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Write keys too; without it none gets into the file."),
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="The program's configuration file, if it is elsewhere.")
    ] = None,
) -> None:
    """Write the server into another program's configuration.

    All else in the file stays as it is, comments included, and the file as it was is kept beside
    it. Settings of this folder and environment go along, since the other program has neither.

    Example: hydrophone mcp install --client cursor
    """
    place = place_of(client)
    file = ConfigFile(config or _path(client, place, project), place.section)
    with errors_as_messages():
        if undo:
            _undo(client, file)
            return
        environment, left_out = _environment(url, with_secrets)
        made = entry(client, _command(url), environment)
        if print_only:
            err().print(f"{file.path}:", markup=False)
            print_json({place.section: {NAME: made}}, indent=True)
        else:
            state = file.install(made, private=with_secrets)
            said = {
                "unchanged": "has it already",
                "changed": "has the new entry",
                "added": "has it",
            }
            out().print(f"{file.path} {said[state]}. {place.then}", markup=False)
        if left_out:
            err().print(
                f"not written, as they are secrets: {', '.join(left_out)}; put them into the "
                "entry's `env` yourself, or use --with-secrets",
                markup=False,
                style="yellow",
            )


def _path(client: Client, place: Place, project: bool) -> Path:
    if not project:
        return place.path()
    if place.project is None:
        fail(f"{client} has no file for one folder; leave --project out", code=2)
    return Path.cwd() / place.project


def _undo(client: Client, file: ConfigFile) -> None:
    if file.undo():
        out().print(f"{file.path} does not name Hydrophone any more.", markup=False)
    else:
        out().print(f"{file.path} does not name Hydrophone; {client} was not told.", markup=False)


def _command(url: str | None) -> list[str]:
    """What starts the server from anywhere: whole paths, as the other program has its own PATH."""
    beside = Path(sys.executable).parent
    scripts = [beside / "hydrophone", beside / "hydrophone.exe"]
    script = next((str(path) for path in scripts if path.is_file()), None)
    program = [script] if script else [sys.executable, "-m", "hydrophone"]
    return [*program, "mcp", *(["--url", url] if url else [])]


def _environment(url: str | None, with_secrets: bool) -> tuple[dict[str, str], list[str]]:
    """The variables that the server needs, and the names of those that were left out."""
    if url is None:
        from hydrophone.settings import load_settings

        secret, plain = _settings(load_settings())
    else:
        plain = {}
        key = os.environ.get(KEY_VARIABLE)
        secret = {KEY_VARIABLE: key} if key else {}
    return (plain | secret, []) if with_secrets else (plain, sorted(secret))


def _settings(settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
    """What is set to something of one's own: secrets, and the rest."""
    from pydantic import SecretStr

    from hydrophone.settings.description import describe

    secret, plain = {}, {}
    for line in describe(settings):
        if not line.changed or line.field in _OF_SERVE:
            continue
        value = getattr(settings, line.field)
        if isinstance(value, SecretStr):
            secret[line.variable] = value.get_secret_value()
        elif isinstance(value, Path):
            plain[line.variable] = str(value.expanduser().absolute())
        else:
            plain[line.variable] = line.value
    return secret, plain
