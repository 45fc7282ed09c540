"""The token of this program's own session, which the service renews now and then."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING

from hydrophone.errors import HydrophoneError
from hydrophone.types import Secret

if TYPE_CHECKING:
    from hydrophone.perplexity.login.store import TokenStore

_log = logging.getLogger(__name__)


class OwnToken:
    """The newest token of a session. Without a `store` it is known to this process alone; else it
    takes the place of the one before wherever that is kept."""

    def __init__(self, first: Secret, store: TokenStore | None) -> None:
        self.first = first
        self.newest = first
        self._store = store
        self._kept = first
        self._keeping = threading.Lock()

    def renew(self, token: Secret) -> None:
        """Take a token that the service gave; it is written beside the event loop, which waits for
        it when it is closed."""
        self.newest = token
        if self._store is not None:
            asyncio.get_running_loop().run_in_executor(None, self._keep, self._store)

    def _keep(self, store: TokenStore) -> None:
        with self._keeping:
            token = self.newest
            try:
                places = store.replace(self._kept, token)
            except (HydrophoneError, OSError) as error:
                _log.warning("the renewed session token was not kept: %s", error)
                return
            if places:
                self._kept = token
                _log.info("the renewed session token is kept in %s", ", ".join(places))
            else:
                _log.info("the renewed session token is kept nowhere: nor was the one before")
