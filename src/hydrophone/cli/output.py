"""What commands share: consoles, JSON on request, and errors as one clear line.

Exit codes: 0 done, 1 failed, 2 bad usage.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from hydrophone.errors import HydrophoneError, NotFound, RequestError
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


class Kind(StrEnum):
    """What can be searched."""

    OWN = "own"
    WEB = "web"
    ACADEMIC = "academic"
    SOCIAL = "social"
    SEC = "sec"


Kinds = Annotated[
    list[Kind] | None,
    typer.Option("--kind", help="Only this kind of sources; may be repeated."),
]
Result = TypeVar("Result")
STOPPED = "stopped"

_PARTS = {
    "aiohttp": "web",
    "fastapi": "api",
    "fastapi_offline": "api",
    "uvicorn": "api",
    "jinja2": "api",
    "mcp": "mcp",
    "curl_cffi": "session",
    "trafilatura": "web",
    "onnxruntime": "models",
    "tokenizers": "models",
}


def out() -> Console:
    """Where results go."""
    from rich.console import Console

    return Console(soft_wrap=True, highlight=False)


def err() -> Console:
    """Where progress and problems go."""
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True, highlight=False)


def print_json(
    value: Mapping[str, JsonValue] | list[JsonValue], *, indent: bool | None = None
) -> None:
    """One JSON document on standard output, indented on a terminal unless told otherwise."""
    import orjson

    indented = sys.stdout.isatty() if indent is None else indent
    option = orjson.OPT_INDENT_2 if indented else 0
    sys.stdout.write(orjson.dumps(value, option=option).decode() + "\n")
    sys.stdout.flush()


def local_minute(moment: datetime) -> str:
    """A moment as people read it: this machine's time, to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say what is wrong and stop."""
    from rich.markup import escape

    err().print(f"[bold red]error:[/] {escape(message)}")
    raise typer.Exit(code)


def failure_code(error: HydrophoneError) -> int:
    """The exit code for an error: 2 when the command was used wrongly, else 1."""
    wrong_use = isinstance(error, RequestError) and not isinstance(error, NotFound)
    return 2 if wrong_use else 1


@contextmanager
def errors_as_messages(stopped: str = STOPPED) -> Iterator[None]:
    """Our own errors, missing parts and Ctrl-C become one line and an exit code.

    `stopped` is what is said after Ctrl-C.
    """
    try:
        yield
    except HydrophoneError as error:
        fail(error.message, code=failure_code(error))
    except ModuleNotFoundError as error:
        part = _PARTS.get((error.name or "").split(".")[0])
        if part is None:
            raise
        fail(f"this needs a part that is not installed: pip install 'hydrophone[{part}]'")
    except KeyboardInterrupt:
        fail(stopped, code=130)


def run(work: Coroutine[Any, Any, Result], *, stopped: str = STOPPED) -> Result:
    """Run a command's asynchronous part, with its errors as messages."""
    with errors_as_messages(stopped):
        return asyncio.run(work)
