"""Who asks: keys, the ledger, the server's own web session, and the pace."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.app.rooms.folders import made_folder
from hydrophone.app.session.opening import (
    OwnSession,
    default_model,
    inbound_keys,
    own_session,
    pace_of,
)
from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.accounts.gatekeeper import Gatekeeper
    from hydrophone.accounts.keys import KeyStore
    from hydrophone.accounts.ledger import Ledger
    from hydrophone.accounts.limits.pace import Pace
    from hydrophone.accounts.static_keys import StaticKeys
    from hydrophone.accounts.tokens import TokenDesk
    from hydrophone.storage.state import State


class Callers:
    """Who asks, and what it costs."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self.settings = settings
        self._stack = stack
        self._looked_for_session = False
        self._state: State | None = None
        self._keys: KeyStore | None = None
        self._ledger: Ledger | None = None
        self._own_session: OwnSession | None = None
        self._pace: Pace | None = None

    async def state(self) -> State:
        """`state.db`, migrated."""
        if self._state is None:
            from hydrophone.storage.state import open_state

            self._state = await open_state(data_folder(self.settings) / "state.db")
            self._stack.push_async_callback(self._state.close)
        return self._state

    async def keys(self) -> KeyStore:
        """The keys of callers."""
        if self._keys is None:
            from hydrophone.accounts.keys import KeyStore

            self._keys = KeyStore(await self.state())
            await self._keys.refresh()
        return self._keys

    async def gatekeeper(self) -> Gatekeeper:
        """Who may ask. Raises NotConfigured when the server must not start like this."""
        from hydrophone.accounts.gatekeeper import Gatekeeper
        from hydrophone.accounts.modes import decide_mode, is_loopback

        keys, static = await self.keys(), self._static_keys()
        if self.settings.mode == "keys":
            return Gatekeeper("keys", keys, static)
        has_keys = bool(len(static)) or keys.has_keys
        mode = decide_mode(self.settings.host, has_keys, self.session_only)
        return Gatekeeper(
            mode,
            keys,
            static,
            lends=self.own_session() is not None,
            lends_to_all=self.settings.session_open or is_loopback(self.settings.host),
        )

    def _static_keys(self) -> StaticKeys:
        from hydrophone.accounts.static_keys import StaticKeys

        return StaticKeys(inbound_keys(self.settings))

    async def tokens(self) -> TokenDesk:
        """Keys that callers make and revoke."""
        from hydrophone.accounts.tokens import TokenDesk

        return TokenDesk(await self.keys(), self._static_keys())

    async def ledger(self) -> Ledger:
        """What was asked, by whom, and what it cost."""
        if self._ledger is None:
            from hydrophone.accounts.durable_ledger import DurableLedger

            ledger = DurableLedger(await self.state())
            self._stack.push_async_callback(ledger.close)
            self._ledger = ledger
        return self._ledger

    @property
    def session_only(self) -> bool:
        """Whether web sessions are all that answers here."""
        return self.settings.mode == "session"

    def own_session(self) -> OwnSession | None:
        """The server's own web session. Raises NotConfigured for what is no token."""
        if not self._looked_for_session:
            self._own_session = own_session(self.settings)
            self._looked_for_session = True
        return self._own_session

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        return default_model(self.settings, self.own_session())

    def pace(self) -> Pace | None:
        """How often each caller may ask; None for any number."""
        if self._pace is None:
            self._pace = pace_of(self.settings)
        return self._pace


def data_folder(settings: Settings) -> Path:
    """The data folder, made when it is not there. Raises NotConfigured."""
    return made_folder(settings.data_dir, "HYDROPHONE_DATA_DIR")
