"""Fill in the table of docs/web-session.md: what three clients make of each scenario.

    python scripts/scenarios.py

Ours beside two published ones, which run unmodified in environments of their own
(scripts/clients.py makes them), all against the emulated service of tests/emulators.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from clients import ROOT, python_of

sys.path.insert(0, str(ROOT))

from tests.clients.web_session.comparing import (
    PAGE,
    PUBLISHED,
    heading,
    our_outcomes,
    page_with,
    published_outcomes,
    table,
)


def main() -> int:
    """Write the page anew."""
    columns = {"Hydrophone": our_outcomes()}
    for name in PUBLISHED:
        with tempfile.TemporaryDirectory() as folder:
            made = published_outcomes(name, python_of(name), Path(folder))
        columns[heading(name)] = made
    text = PAGE.read_text("utf-8")
    PAGE.write_text(page_with(text, list(table(columns))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
