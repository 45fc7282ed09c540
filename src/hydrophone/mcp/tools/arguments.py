"""What a tool was given, looked at before it is called: a mistake is told in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver.tools import Tool
from pydantic import ValidationError

from hydrophone.mcp.tools.results import failure

CALL = "tools/call"


def checking(tools: Mapping[str, Tool]) -> ServerMiddleware[Any]:
    """Middleware that answers a call whose arguments do not fit, with all that is wrong.

    A parameter that a tool does not have is such a mistake too: ignored, it would change what the
    result means without a word.
    """

    async def check(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        params = ctx.params or {}
        tool = tools.get(str(params.get("name")))
        arguments = params.get("arguments")
        if ctx.method == CALL and tool is not None and isinstance(arguments, Mapping | None):
            problems = _problems(tool, dict(arguments or {}))
            if problems:
                return failure("\n".join(problems))
        return await call_next(ctx)

    return check


def _problems(tool: Tool, arguments: dict[str, Any]) -> list[str]:
    known = tool.parameters["properties"]
    there_are = f"there are: {', '.join(known)}" if known else "there are none"
    unknown = [
        f"{name}: {tool.name} has no such parameter; {there_are}"
        for name in arguments
        if name not in known
    ]
    try:
        tool.fn_metadata.validate_arguments(arguments)
    except ValidationError as error:
        return unknown + [
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    return unknown
