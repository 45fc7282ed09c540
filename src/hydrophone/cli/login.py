"""`hydrophone login`: get a session's token from Perplexity, and keep it."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hydrophone.cli.output import Json, err, out, print_json, run
from hydrophone.cli.own_session import (
    forbid_offline,
    origin_of,
    own_client,
    own_store,
    stored_token,
)
from hydrophone.errors import InvalidRequest, NotConfigured

if TYPE_CHECKING:
    from hydrophone.perplexity.errors import PerplexityError
    from hydrophone.perplexity.login.flow import Login
    from hydrophone.perplexity.login.store import Place, TokenStore
    from hydrophone.types import JsonValue, Secret

Where = Literal["file", "keyring", "env", "nowhere", "ask"]
_CODES = 3


def login(
    email: Annotated[
        str | None, typer.Option("--email", "-e", help="Mail address of your account.")
    ] = None,
    store: Annotated[
        Where,
        typer.Option(
            help="Where to keep the token: a file of this program, the system's keyring, the "
            ".env of this folder, or nowhere. Asked for on a terminal."
        ),
    ] = "ask",
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the session is valid.")
    ] = False,
    logout: Annotated[
        bool, typer.Option("--logout", help="Forget the token, wherever it is.")
    ] = False,
    json: Json = False,
) -> None:
    """Sign in to Perplexity and keep the session's token.

    Perplexity mails you a code and a link; either signs in. The token is shown on a screen of its
    own that is cleared behind you, never in the log of your terminal. Use your own account: the
    interface is not an official one.

    Example: hydrophone login --email you@example.org
    """
    from hydrophone.perplexity.errors import PerplexityError

    work = _logout if logout else _check if check else None
    try:
        if work is not None:
            run(work(json))
        else:
            run(_login(email, store, json))
    except PerplexityError as error:
        err().print(f"error: {error.message}", style="red", markup=False)
        raise typer.Exit(1) from None


async def _login(email: str | None, where: Where, as_json: bool) -> None:
    from hydrophone.perplexity.login.flow import Login
    from hydrophone.perplexity.login.store import check_keyring
    from hydrophone.settings import load_settings

    settings = load_settings()
    forbid_offline(settings)
    if where == "keyring":
        check_keyring()  # before a code is used up
    if email is None:
        if not sys.stdin.isatty():
            raise InvalidRequest("say whose account it is with --email", param="email")
        email = typer.prompt("Mail address of your Perplexity account", err=True)
    async with Login(origin=origin_of(settings)) as signing_in:
        await _send_mail(signing_in, email)
        token = await _typed(signing_in, email)
    kept = _keep(token, where, own_store(settings))
    if as_json:
        print_json({"email": email, "kept_in": kept})
    elif kept is not None:
        out().print(f"signed in; the token is kept in {kept}", markup=False)
    else:
        out().print("signed in; the token is kept nowhere")
    if kept is not None:
        _warn_of_other(token)


async def _send_mail(signing_in: Login, email: str) -> None:
    try:
        await signing_in.send_mail(email)
    except ValueError as error:
        raise InvalidRequest(str(error), param="email") from None
    err().print("A mail with a code and a link is on its way.", markup=False)


async def _typed(signing_in: Login, email: str) -> Secret:
    """Sign in with what is typed, which may be wrong now and then."""
    from hydrophone.perplexity.errors import PerplexityError
    from hydrophone.perplexity.login.flow import SecondFactorNeeded

    for left in reversed(range(_CODES)):
        typed = _prompt("Code of six digits, or the mail's link (Enter alone: another mail)")
        if not typed and sys.stdin.isatty():
            await _send_mail(signing_in, email)
            continue
        try:
            return await signing_in.finish(typed)
        except SecondFactorNeeded:
            return await _second_factor(signing_in)
        except PerplexityError as error:
            _once_more(error, left)
    raise InvalidRequest("no code was typed", param="code")


async def _second_factor(signing_in: Login) -> Secret:
    from hydrophone.perplexity.errors import PerplexityError

    for left in reversed(range(_CODES)):
        try:
            return await signing_in.second_factor(_prompt("Code of your second factor"))
        except PerplexityError as error:
            _once_more(error, left)
    raise AssertionError("unreachable")


def _once_more(error: PerplexityError, left: int) -> None:
    """Have a wrong code typed again, as often as is left; by a person, also one that the service
    has not judged. Raises the error where neither is so."""
    from hydrophone.perplexity.errors import HTTPError
    from hydrophone.perplexity.login.flow import WrongCode

    if not left or not (isinstance(error, WrongCode) or (_passes(error) and sys.stdin.isatty())):
        raise error
    wait_s = error.retry_after_s if isinstance(error, HTTPError) else None
    again = "once more" if wait_s is None else f"again in {math.ceil(wait_s)} s"
    err().print(f"{error.message}; {again}", style="yellow", markup=False)


def _passes(error: PerplexityError) -> bool:
    """Whether the service was busy, or the network away."""
    from hydrophone.perplexity.errors import ConnectionFailed, HTTPError, RateLimitError

    if isinstance(error, HTTPError):
        return isinstance(error, RateLimitError) or (error.status_code or 0) >= 500
    return isinstance(error, ConnectionFailed)


def _prompt(what: str) -> str:
    """A line of standard input; from a terminal with the question before it."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, default="", show_default=False, err=True)).strip()
    return sys.stdin.readline().strip()


def _keep(token: Secret, where: Where, store: TokenStore) -> str | None:
    """Keep the token where it is wanted; where that is, None for nowhere."""
    asks = sys.stdin.isatty() and sys.stdout.isatty()
    if where == "ask" and not asks:
        where = "file"
    while True:
        chosen = _asked(token) if where == "ask" else where
        if chosen == "nowhere":
            return None
        try:
            return store.save(token, chosen)
        except NotConfigured as error:
            if where != "ask":
                raise
            err().print(error.message, style="yellow", markup=False)
            typer.prompt("Enter to choose another place", default="", show_default=False, err=True)


def _asked(token: Secret) -> Place | Literal["nowhere"]:
    """Show the token on a screen of its own, which is cleared, and ask where to keep it."""
    from hydrophone.perplexity.login.store import keyring_works

    choices: list[Place | Literal["nowhere"]] = ["file", "env", "nowhere"]
    if keyring_works():
        choices.insert(1, "keyring")
    screen = out()
    with screen.screen(hide_cursor=False):
        try:
            screen.print("Your session's token. Whoever has it has your account:\n", style="bold")
            screen.print(token.reveal(), markup=False, soft_wrap=True)
            while True:
                screen.print(f"\nWhere is it to be kept? ({', '.join(choices)})")
                typed = _line("[file] ") or "file"
                for choice in choices:
                    if choice == typed:
                        return choice
        finally:
            screen.clear()


def _line(prompt: str) -> str:
    """A line of the terminal, empty at its end."""
    try:
        return input(prompt).strip().lower()
    except EOFError:
        return ""


def _warn_of_other(token: Secret | None) -> None:
    """Say when the settings have another token, which counts before every stored one."""
    from hydrophone.settings import load_settings

    other = load_settings().session_token
    if other is None or (token is not None and other.get_secret_value() == token.reveal()):
        return
    message = (
        "PERPLEXITY_SESSION_TOKEN is set to another token, and counts before a stored one: remove "
        "it from the environment or the .env where it stands"
    )
    err().print(message, style="yellow", markup=False)


async def _check(as_json: bool) -> None:
    async with own_client() as client:
        profile = await client.profile()
    _, place = stored_token()
    told: dict[str, JsonValue] = {
        "valid": profile is not None,
        "kept_in": place,
        "email": profile.email if profile else None,
        "subscription": profile.tier if profile else None,
        "expires": profile.expires if profile else None,
    }
    if as_json:
        print_json(told)
    elif profile is None:
        err().print("the session has ended; sign in with `hydrophone login`", style="red")
    else:
        whose, until = profile.email or profile.id, profile.expires or "an unknown day"
        out().print(f"valid: {whose}, subscription {profile.tier}, until {until}", markup=False)
    if profile is None:
        raise typer.Exit(1)


async def _logout(as_json: bool) -> None:
    from hydrophone.settings import load_settings

    found = own_store(load_settings()).forget()
    if as_json:
        print_json({"removed_from": list(found)})
    elif found:
        out().print(f"removed from {', '.join(found)}", markup=False)
    else:
        out().print("no token was stored")
    _warn_of_other(None)


def main() -> None:
    """The entry point of the `get-perplexity-session-token` command."""
    program = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    program.command()(login)
    program()
