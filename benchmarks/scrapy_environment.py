"""Scrapy in a virtual environment of its own, made once and kept in the cache folder.

It sees the packages of the environment that runs the benchmark behind its own, so that the pages
are read by the same extraction, of the same versions, on both sides.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

VERSION = "2.19.0"
# Of these Scrapy and the extraction must not have different versions.
_SHARED = ("lxml", "protego", "cssselect")


def install() -> Path:
    """The Python of the environment; the first time Scrapy is downloaded (about 20 MB)."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    cache = user_cache_path("hydrophone-benchmarks", appauthor=False)
    folder = cache / f"scrapy-{VERSION}-py{python}"
    program = folder / "bin" / "python"
    marker = folder / "installed"
    if not marker.exists():
        print(f"installing Scrapy {VERSION} into {folder} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"scrapy=={VERSION}", *_pins()], check=True)
        marker.touch()
    _look_behind(folder, python)
    return program


def _pins() -> list[str]:
    found = []
    for name in _SHARED:
        try:
            found.append(f"{name}=={version(name)}")
        except ModuleNotFoundError:
            continue
    return found


def _look_behind(folder: Path, python: str) -> None:
    """Let it see this environment's packages after its own, whatever the first run was with."""
    ours = sysconfig.get_path("purelib")
    line = f"import site; site.addsitedir({ours!r})\n"
    packages = folder / "lib" / f"python{python}" / "site-packages"
    (packages / "behind.pth").write_text(line, "utf-8")
