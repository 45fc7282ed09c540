"""The shell: `hydrophone`, one file for each command. Heavy imports happen inside commands."""

from __future__ import annotations


def main() -> None:
    """The entry point of the `hydrophone` command."""
    from hydrophone.cli.program import program

    program()
