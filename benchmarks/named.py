"""Runs a Python module with a few host names of its own, so that a test web needs no /etc/hosts.

    python benchmarks/named.py '{"git.test": "127.0.10.13"}' hydrophone crawl http://git.test:8080/

Only this process sees the names, and nothing else of it is changed: the module looks names up as it
always does. Other names ending in `.test` do not exist; the rest is left to the system.
"""

from __future__ import annotations

import json
import runpy
import socket
import sys
from collections.abc import Mapping
from typing import Any


def install(addresses: Mapping[str, str]) -> None:
    """Make the two functions that asyncio and Twisted look names up with know the names."""
    system_getaddrinfo, system_gethostbyname = socket.getaddrinfo, socket.gethostbyname

    def known(host: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if not isinstance(name, str):
            return host
        if name.endswith(".test") and name not in addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return addresses.get(name, host)

    def getaddrinfo(host: object, *rest: Any, **named: Any) -> object:
        return system_getaddrinfo(known(host), *rest, **named)  # type: ignore[arg-type]

    def gethostbyname(host: object) -> str:
        return system_gethostbyname(known(host))  # type: ignore[arg-type]

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]
    socket.gethostbyname = gethostbyname


def main() -> None:
    """Run the module that the command line names, with the arguments behind it."""
    addresses, module = sys.argv[1:3]
    install(json.loads(addresses))
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
