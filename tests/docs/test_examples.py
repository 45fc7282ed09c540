"""Every example of the README and the documentation is run as a reader would paste it.

An example that cannot be run has `<!-- not run: reason -->` on the line before it. A block of
`text` behind an example is what the example must print.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import PAGES, ROOT, Block, blocks
from tests.running import Server, Shell

ERROR_BODY = re.compile(r'^(data: )?\{"error"', re.MULTILINE)
ADDRESSES = ("127.0.0.1:8000", "localhost:8000")
RUN = ("bash", "python")
KNOWN = (*RUN, "text", "json", "yaml", "js", "")


def pages_with_examples() -> list[Path]:
    return [page for page in PAGES if any(one.language in RUN for one in blocks(page))]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "page", pages_with_examples(), ids=lambda page: str(page.relative_to(ROOT))
)
def test_examples_do_what_they_say(page: Path, server: Server, data: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path, data.data_dir, data.settings)
    printed = ""
    for block in blocks(page):
        where = f"{page.name}, line {block.line}"
        assert block.language in KNOWN, f"{where}: unknown language {block.language!r}"
        if block.language == "text" and printed:
            assert block.text.strip() in printed, f"{where}: printed instead:\n{printed}"
        elif block.language in RUN and block.reason is None:
            printed = run(block, shell, server, where)


def run(block: Block, shell: Shell, server: Server, where: str) -> str:
    """What the example printed; fails when it did not succeed."""
    text = block.text
    for address in ADDRESSES:
        text = text.replace(address, f"127.0.0.1:{server.port}")
    first = (
        ["bash", "-euo", "pipefail", "-c"] if block.language == "bash" else [sys.executable, "-c"]
    )
    done = shell.run_argv([*first, text])
    assert done.code == 0, f"{where}: exit code {done.code}\n{done.out}{done.err}"
    assert not ERROR_BODY.search(done.out), f"{where}: {done.out}"
    assert done.out, f"{where}: it printed nothing"
    return done.out


def test_reasons_for_not_running_are_given() -> None:
    left_out = [one for page in PAGES for one in blocks(page) if one.reason is not None]
    assert all(len(one.reason or "") > 10 for one in left_out)
    assert all(one.language in RUN for one in left_out)
