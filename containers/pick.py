"""Print the lines of a lock that a list names, with their hashes.

    python pick.py LOCK LIST

So that every image installs the versions of one lock. A name that the lock lacks is an error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

_PINNED = re.compile(r"^([\w.-]+)==(?:.*\\\n)*.*\n", re.MULTILINE)


def names(text: str) -> list[str]:
    """The names of a list: one a line, `#` begins a remark."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def pick(lock: str, wanted: Iterable[str]) -> str:
    """The pinned requirements with these names. Raises ValueError for a name without one."""
    pinned = {match[1]: match[0] for match in _PINNED.finditer(lock)}
    if missing := [name for name in wanted if name not in pinned]:
        raise ValueError(f"not in the lock: {', '.join(missing)}")
    return "".join(pinned[name] for name in wanted)


if __name__ == "__main__":
    lock_text, list_text = (Path(name).read_text("utf-8") for name in sys.argv[1:])
    sys.stdout.write(pick(lock_text, names(list_text)))
