"""The shell: `hydrophone`, one file for each command. Heavy imports happen inside commands."""

from __future__ import annotations


def main() -> None:
    """The entry point of the `hydrophone` command."""
    try:
        from hydrophone.cli.program import program

        program()
    except KeyboardInterrupt:
        # Ctrl-C while modules are imported, before a command has begun.
        raise SystemExit(130) from None
