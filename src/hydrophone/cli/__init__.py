"""The shell: `hydrophone`, one file for each command. Heavy imports happen inside commands."""

from __future__ import annotations

import gc


def main() -> None:
    """The entry point of the `hydrophone` command."""
    try:
        gc.disable()  # imports make many objects and no garbage
        from hydrophone.cli.program import program

        gc.enable()
        program()
    except KeyboardInterrupt:
        # Ctrl-C while modules are imported, before a command has begun.
        raise SystemExit(130) from None
