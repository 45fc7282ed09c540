"""This machine's own web session: its token, where that is kept, and a client that has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.errors import InvalidRequest, NotConfigured

if TYPE_CHECKING:
    from hydrophone.perplexity import AsyncPerplexity
    from hydrophone.perplexity.login.store import TokenStore
    from hydrophone.settings import Settings
    from hydrophone.types import Secret


def own_client() -> AsyncPerplexity:
    """A client with the token of the settings, else with the stored one. Raises InvalidRequest,
    and NotConfigured when nothing may go out."""
    from hydrophone.app.session.keeping import OwnToken
    from hydrophone.app.session.opening import token_store
    from hydrophone.perplexity import AsyncPerplexity
    from hydrophone.settings import load_settings

    settings = load_settings()
    forbid_offline(settings)
    token, _ = stored_token()
    own = OwnToken(token, token_store(settings))
    return AsyncPerplexity(token.reveal(), on_token=own.renew, origin=origin_of(settings))


def forbid_offline(settings: Settings) -> None:
    """Raises NotConfigured when nothing may go out."""
    if settings.offline:
        raise NotConfigured(
            "HYDROPHONE_OFFLINE forbids outgoing requests; unset it to use your Perplexity session"
        )


def stored_token() -> tuple[Secret, str]:
    """The token of the settings, else the stored one, and where it was. Raises InvalidRequest."""
    from hydrophone.perplexity.session.token import read_token
    from hydrophone.settings import load_settings

    settings = load_settings()
    if settings.session_token is not None:
        try:
            return read_token(settings.session_token.get_secret_value()), "settings"
        except ValueError as error:
            raise InvalidRequest(f"PERPLEXITY_SESSION_TOKEN: {error}") from None
    found = own_store(settings).load()
    if found is None:
        raise InvalidRequest("no session token is stored; get one with `hydrophone login`")
    return found


def own_store(settings: Settings) -> TokenStore:
    """Where tokens are kept: the folder of data, the keyring, this folder's `.env`."""
    from hydrophone.perplexity.login.store import TokenStore

    return TokenStore(settings.data_dir.expanduser(), env_file=Path(".env"))


def origin_of(settings: Settings) -> str:
    """Perplexity's own server; another one in tests alone."""
    from hydrophone.perplexity.session.transport import ORIGIN

    return settings.session_origin or ORIGIN
