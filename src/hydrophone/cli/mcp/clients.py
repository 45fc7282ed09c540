"""The programs that can be told of the server: where they keep their list of servers, and how."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hydrophone.types import JsonValue

NAME = "hydrophone"


class Client(StrEnum):
    """A program that can be told."""

    CLAUDE_DESKTOP = "claude-desktop"
    CLAUDE_CODE = "claude-code"
    CURSOR = "cursor"
    VSCODE = "vscode"
    WINDSURF = "windsurf"
    GEMINI_CLI = "gemini-cli"
    LM_STUDIO = "lm-studio"


@dataclass(frozen=True, slots=True)
class Place:
    """How a client keeps its servers: in the member `section` of the JSON file that `path` names.

    `project` is the file of one folder's own servers, relative to it. `typed`: an entry says what
    kind of server it is.
    """

    path: Callable[[], Path]
    section: str = "mcpServers"
    project: str | None = None
    typed: bool = False
    then: str = "Start it anew, and its list of tools has Hydrophone's."


def place_of(client: Client) -> Place:
    """Where and how this client keeps its servers."""
    return _PLACES[client]


def entry(
    client: Client, command: list[str], environment: Mapping[str, str]
) -> Mapping[str, JsonValue]:
    """The server as the client's file names it."""
    program, *arguments = command
    typed: dict[str, JsonValue] = {"type": "stdio"} if place_of(client).typed else {}
    env: dict[str, JsonValue] = {"env": dict(environment)} if environment else {}
    return {**typed, "command": program, "args": arguments, **env}


def _settings_folder() -> Path:
    """Where programs with windows keep their settings on this system."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


_PLACES: Mapping[Client, Place] = {
    Client.CLAUDE_DESKTOP: Place(
        lambda: _settings_folder() / "Claude" / "claude_desktop_config.json",
        then="Quit Claude Desktop and start it again; the tools are under the + of a chat.",
    ),
    Client.CLAUDE_CODE: Place(
        lambda: Path.home() / ".claude.json",
        project=".mcp.json",
        typed=True,
        then="Start Claude Code anew; /mcp shows the server.",
    ),
    Client.CURSOR: Place(
        lambda: Path.home() / ".cursor" / "mcp.json",
        project=".cursor/mcp.json",
        then="Start Cursor anew; its settings show the server under Tools & MCP.",
    ),
    Client.VSCODE: Place(
        lambda: _settings_folder() / "Code" / "User" / "mcp.json",
        section="servers",
        project=".vscode/mcp.json",
        typed=True,
        then="In VS Code run the command `MCP: List Servers` and start it.",
    ),
    Client.WINDSURF: Place(lambda: Path.home() / ".codeium" / "windsurf" / "mcp_config.json"),
    Client.GEMINI_CLI: Place(
        lambda: Path.home() / ".gemini" / "settings.json", project=".gemini/settings.json"
    ),
    Client.LM_STUDIO: Place(lambda: Path.home() / ".lmstudio" / "mcp.json"),
}
