"""From the body's `tools` to what may be called, and what is not there said clearly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.asked.schema import AgentRequest
from hydrophone.api.agent.asked.tool_schema import (
    FetchUrlTool,
    FinanceSearchTool,
    FunctionToolBody,
    ImageSearchTool,
    OtherTool,
    ToolBody,
    ToolChoiceObject,
    WebSearchTool,
)
from hydrophone.api.filters import SHOWN_CHARS
from hydrophone.errors import InvalidRequest
from hydrophone.types import FunctionTool, Notice, Tools

BUILT_IN = frozenset(
    {
        "web_search",
        "search_web",
        "image_search",
        "fetch_url",
        "people_search",
        "finance_search",
        "sandbox",
        "load_skill",
        "share_file",
    }
)
FILINGS = "finance_search searches filings to the SEC: there are no quotes of prices here."
Kind = TypeVar("Kind", WebSearchTool, ImageSearchTool, FetchUrlTool, FinanceSearchTool)


@dataclass(slots=True)
class Kit:
    """The tools of a request: the first of each kind, and where it stands in the body.

    `off` is the field that switches all of them off.
    """

    web: WebSearchTool | None = None
    images: ImageSearchTool | None = None
    fetch: FetchUrlTool | None = None
    finance: FinanceSearchTool | None = None
    functions: tuple[FunctionTool, ...] = ()
    places: dict[str, str] = field(default_factory=dict)
    off: str | None = None
    notices: list[Notice] = field(default_factory=list)

    @property
    def searches(self) -> bool:
        """Whether a tool asks for a search."""
        return any((self.web, self.images, self.finance))


def read_kit(body: AgentRequest, rules: Rules) -> Kit:
    """The tools. Raises InvalidRequest for a tool that is not here, with its place; where the
    server is lenient, a Notice says so."""
    tools = body.tools or ()
    kit = Kit(off=_off(body))
    kit.web = _first(WebSearchTool, tools, kit)
    kit.images = _first(ImageSearchTool, tools, kit)
    kit.fetch = _first(FetchUrlTool, tools, kit)
    kit.finance = _first(FinanceSearchTool, tools, kit)
    kit.functions = tuple(_functions(tools))
    if kit.finance is not None:
        kit.notices.append(Notice("downgrade", FILINGS))
    for index, tool in enumerate(tools):
        if isinstance(tool, OtherTool):
            _refuse(tool, f"tools[{index}].type", kit, rules)
    return kit


def _off(body: AgentRequest) -> str | None:
    if body.max_tool_calls == 0:
        return "max_tool_calls"
    return "tool_choice" if body.tool_choice == "none" else None


def _first(kind: type[Kind], tools: Sequence[ToolBody], kit: Kit) -> Kind | None:
    for index, tool in enumerate(tools):
        if isinstance(tool, kind):
            kit.places[kind.__name__] = f"tools[{index}]"
            return tool
    return None


def _refuse(tool: OtherTool, place: str, kit: Kit, rules: Rules) -> None:
    message = f"there is no tool {tool.type[:SHOWN_CHARS]!r} on this server"
    if not rules.lenient:
        raise InvalidRequest(
            f"{place}: {message}; there are web_search, image_search, fetch_url, finance_search "
            "and function",
            param=place,
        )
    kit.notices.append(Notice("ignored_option", f"{message.capitalize()}: it was left out."))


def _functions(tools: Sequence[ToolBody]) -> list[FunctionTool]:
    found: dict[str, FunctionTool] = {}
    for index, tool in enumerate(tools):
        if not isinstance(tool, FunctionToolBody):
            continue
        place = f"tools[{index}].name"
        if tool.name in BUILT_IN:
            message = f"{place}: {tool.name!r} is the name of a tool of the server; take another"
            raise InvalidRequest(message, param=place)
        if tool.name in found:
            message = f"{place}: two functions have the name {tool.name!r}"
            raise InvalidRequest(message, param=place)
        found[tool.name] = FunctionTool(tool.name, tool.description, tool.parameters, tool.strict)
    return list(found.values())


def read_tools(body: AgentRequest, kit: Kit, *, searches: bool) -> Tools:
    """The caller's functions and whether they must be called. Raises InvalidRequest."""
    return Tools(
        functions=kit.functions,
        choice="none" if kit.off is not None else _choice(body, kit, searches=searches),
        parallel=body.parallel_tool_calls,
        max_calls=body.max_tool_calls,
    )


def _choice(body: AgentRequest, kit: Kit, *, searches: bool) -> str:
    wanted = body.tool_choice or "auto"
    if isinstance(wanted, ToolChoiceObject):
        return _named(wanted, kit, searches=searches)
    if wanted == "required" and (searches or not kit.functions):
        return "auto"  # the search is a call already
    return wanted


def _named(choice: ToolChoiceObject, kit: Kit, *, searches: bool) -> str:
    """The function that the choice names, or `auto` for a tool of the server."""
    if choice.type == "function":
        if choice.name in {function.name for function in kit.functions}:
            return choice.name or "auto"
        message = "tool_choice names a function that is none of the tools"
        raise InvalidRequest(message, param="tool_choice.name")
    given = {
        "web_search": searches,
        "web_search_preview": searches,
        "image_search": kit.images is not None,
        "fetch_url": kit.fetch is not None or searches,
        "finance_search": kit.finance is not None,
    }
    if not given.get(choice.type):
        message = f"tool_choice names {choice.type[:SHOWN_CHARS]!r}, which is none of the tools"
        raise InvalidRequest(message, param="tool_choice.type")
    return "auto"
