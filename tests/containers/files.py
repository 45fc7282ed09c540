"""The files that images are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from containers.pick import names

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements" / "run.txt").read_text("utf-8")


def listed(file_name: str) -> list[str]:
    """The names of a list of containers/."""
    return names((ROOT / "containers" / file_name).read_text("utf-8"))


@dataclass(frozen=True)
class Instruction:
    """A line of a Containerfile, with those that continue it."""

    word: str
    rest: str


@dataclass(frozen=True)
class Stage:
    """What stands from one FROM to the next."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def all(self, word: str) -> list[str]:
        """What stands behind each instruction of this kind."""
        return [one.rest for one in self.instructions if one.word == word]


def stages() -> dict[str, Stage]:
    """The stages of the Containerfile, in order."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text("utf-8"), flags=re.MULTILINE)
    found: dict[str, Stage] = {}
    for part in re.split(r"^(?=FROM )", text, flags=re.MULTILINE)[1:]:
        lines = re.sub(r" *\\\n *", " ", part).splitlines()
        first, *rest = (Instruction(*line.split(" ", 1)) for line in lines if line)
        base, _, name = first.rest.partition(" AS ")
        found[name] = Stage(name, base, tuple(rest))
    return found
