"""Name lookup for the client: every address is checked before any of them is connected to."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from hydrophone.fetch.errors import Unreachable
from hydrophone.fetch.guard import Guard


class CheckedResolver(AbstractResolver):
    """Asks another resolver and lets the guard see the whole answer; one bad address is enough."""

    def __init__(self, guard: Guard, inner: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`. Raises Refused, Unreachable, or OSError from the lookup."""
        results = await self._inner.resolve(host, port, family)
        if not results:
            raise Unreachable(f"{host} has no address")
        self._guard.check_addresses(host, [result["host"] for result in results])
        return results

    async def close(self) -> None:
        """Close the resolver that is asked."""
        await self._inner.close()
