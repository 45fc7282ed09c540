"""What the account of a session has connected, and which of it a caller may search."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from time import monotonic

from hydrophone.errors import Forbidden, InvalidRequest
from hydrophone.perplexity.answering.pool import Leased
from hydrophone.perplexity.answering.sessions import InUse
from hydrophone.perplexity.errors import PerplexityError
from hydrophone.types import Principal

KNOWN_S = 600.0
_PARAM = "perplexity.source_focus"
_log = logging.getLogger(__name__)


async def check_connectors(
    wanted: Collection[str],
    caller: Principal,
    used: InUse,
    *,
    lent: Collection[str],
    clock: Callable[[], float] = monotonic,
) -> None:
    """Let nobody search what is not for them. Of the server's own account those who hold a key
    may search what is `lent`; everybody may search what the account that they brought has.

    Raises Forbidden, and InvalidRequest for what the account has not connected.
    """
    if used.own and caller.kind != "local" and (kept := sorted(set(wanted) - set(lent))):
        raise Forbidden(
            f"the account of this server does not lend {', '.join(kept)}: whoever runs it names "
            "what it lends in HYDROPHONE_SESSION_CONNECTORS",
            param=_PARAM,
        )
    known = await _known(used.leased, set(wanted), clock)
    if known is not None and (missing := sorted(set(wanted) - known)):
        there = ", ".join(sorted(known)) or "nothing"
        raise InvalidRequest(
            f"the account has not connected {', '.join(missing)}; it has connected {there}",
            param=_PARAM,
        )


async def _known(
    leased: Leased, wanted: set[str], clock: Callable[[], float]
) -> frozenset[str] | None:
    """The ids of what the account has connected, asked for once in a while; None when the service
    does not tell."""
    if leased.connected is not None:
        at, known = leased.connected
        if wanted <= known or clock() - at < KNOWN_S:
            return known
    try:
        found = frozenset(one.id for one in await leased.client.connectors())
    except PerplexityError as error:
        _log.info("what the account has connected is not known: %s", error)
        return None
    leased.connected = (clock(), found)
    return found
