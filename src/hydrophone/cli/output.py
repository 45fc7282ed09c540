"""What commands share: consoles, JSON on request, and errors as one clear line.

Exit codes: 0 done, 1 failed, 2 bad usage.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from hydrophone.errors import HydrophoneError, RequestError
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Result = TypeVar("Result")

_PARTS = {
    "aiohttp": "web",
    "fastapi": "api",
    "fastapi_offline": "api",
    "uvicorn": "api",
    "jinja2": "api",
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

    return Console(stderr=True, highlight=False)


def print_json(value: Mapping[str, JsonValue] | list[JsonValue]) -> None:
    """One JSON document on standard output, indented on a terminal."""
    import orjson

    option = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    sys.stdout.write(orjson.dumps(value, option=option).decode() + "\n")


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say what is wrong and stop."""
    err().print(f"[bold red]error:[/] {_escaped(message)}")
    raise typer.Exit(code)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Our own errors, missing parts and Ctrl-C become one line and an exit code."""
    try:
        yield
    except HydrophoneError as error:
        fail(error.message, code=2 if isinstance(error, RequestError) else 1)
    except ModuleNotFoundError as error:
        part = _PARTS.get((error.name or "").split(".")[0])
        if part is None:
            raise
        fail(f"this needs a part that is not installed: pip install 'hydrophone[{part}]'")
    except KeyboardInterrupt:
        fail("stopped", code=130)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's asynchronous part, with its errors as messages."""
    with errors_as_messages():
        return asyncio.run(work)
