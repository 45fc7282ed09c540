"""`hydrophone config`: the settings as they are in force."""

from __future__ import annotations

from hydrophone.cli.output import Json, errors_as_messages, out, print_json
from hydrophone.types import JsonValue


def config(json: Json = False) -> None:
    """Show every setting, its value, and its variable.

    Secrets are not shown, only that they are set.

    Example: hydrophone config --json
    """
    with errors_as_messages():
        from hydrophone.settings import load_settings
        from hydrophone.settings.description import describe

        lines = describe(load_settings())
    if json:
        settings: dict[str, JsonValue] = {line.variable: line.value for line in lines}
        print_json(settings)
        return
    console = out()
    for line in lines:
        style = "bold" if line.changed else "dim"
        console.print(f"{line.variable}={line.value}", style=style, markup=False)
