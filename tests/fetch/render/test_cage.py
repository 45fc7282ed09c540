"""A program in the cage has no network, and neither have its children."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hydrophone.fetch.render import cage

_PROGRAM = """
import os, socket, subprocess, sys
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
    try:
        socket.socket(family).close()
        print(family.name, "opened")
    except PermissionError:
        print(family.name, "refused")
if len(sys.argv) < 3:
    subprocess.run([sys.executable, "-c", sys.argv[1], sys.argv[1], "child"], check=True)
"""


@pytest.mark.skipif(not cage.is_possible(), reason="seccomp is Linux's")
def test_no_process_in_the_cage_opens_a_network_socket() -> None:
    inside = [sys.executable, "-c", _PROGRAM, _PROGRAM]
    command = [sys.executable, "-I", "-S", cage.__file__, *inside]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    once = ["AF_UNIX opened", "AF_INET refused", "AF_INET6 refused"]
    assert done.stdout.splitlines() == once * 2
    free = subprocess.run(inside, capture_output=True, text=True, timeout=60, check=True)
    assert "AF_INET opened" in free.stdout
