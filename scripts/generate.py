"""Write what is generated from the settings: `.env.example` and `docs/configuration.md`.

With --check nothing is written, and the exit code is 1 when a file is not up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hydrophone.settings import Settings
from hydrophone.settings.description import SettingLine, describe

ROOT = Path(__file__).resolve().parent.parent


def lines() -> list[SettingLine]:
    """All settings with their defaults; the environment and `.env` do not count."""
    return describe(Settings.model_construct())


def default_of(line: SettingLine) -> str:
    """The default as it is shown; the data folder's depends on the platform."""
    return "" if line.field == "data_dir" else line.value


def env_example() -> str:
    """A `.env` with every setting commented out."""
    head = "# Copy to .env and change what you need. Every line shows the default.\n"
    return head + "".join(
        f"\n# {line.description}\n# {line.variable}={default_of(line)}\n" for line in lines()
    )


def configuration() -> str:
    """A section for each setting, in sentences: this page is also a source of answers."""
    head = (
        "# Configuration\n\n"
        "Every setting is an environment variable, or a line of a file `.env` in the folder where\n"
        "Hydrophone is started; the environment wins. `hydrophone config` shows what is in force.\n"
        "This page is generated from the files of `src/hydrophone/settings`.\n"
    )
    return head + "".join(_section(line) for line in lines())


def _section(line: SettingLine) -> str:
    default = default_of(line)
    names = ", ".join(f"`{name}`" for name in line.older)
    notes = [
        f"Default: `{default}`." if default else "",
        f"Older name: {names}." if names else "",
    ]
    return f"\n## {line.variable}\n\n{' '.join(filter(None, [line.description, *notes]))}\n"


def main(check: bool) -> int:
    """Write the files, or compare them."""
    wanted = {
        ROOT / ".env.example": env_example(),
        ROOT / "docs" / "configuration.md": configuration(),
    }
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text("utf-8") != text]
    if check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not up to date; run scripts/generate.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(wanted[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
