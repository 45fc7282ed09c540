"""Opens the adapters on the emulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hydrophone.search.base import SearchProvider
from hydrophone.search.providers.arxiv import Arxiv, Turns
from hydrophone.search.providers.brave import Brave
from hydrophone.search.providers.crossref import Crossref
from hydrophone.search.providers.edgar import Edgar
from hydrophone.search.providers.exa import Exa
from hydrophone.search.providers.openalex import OpenAlex
from hydrophone.search.providers.serper import Serper
from hydrophone.search.providers.tavily import Tavily
from hydrophone.types import Secret
from tests.emulators.search_apis import EMAIL, KEY, USER_AGENT

Open: TypeAlias = Callable[..., SearchProvider]
NAMES = ("brave", "tavily", "exa", "serper", "openalex", "crossref", "arxiv", "edgar")


def make(
    name: str, url: str, key: str = KEY, deadline_s: float = 5.0, trusted: bool = True
) -> SearchProvider:
    """The adapter of a name; arXiv without its pauses, EDGAR with the key for a user agent."""
    secret = Secret(key)
    common: dict[str, Any] = {"base_url": url, "deadline_s": deadline_s, "trusted": trusted}
    makers: dict[str, Callable[[], SearchProvider]] = {
        "brave": lambda: Brave(secret, **common),
        "tavily": lambda: Tavily(secret, **common),
        "exa": lambda: Exa(secret, **common),
        "serper": lambda: Serper(secret, **common),
        "openalex": lambda: OpenAlex(email=EMAIL, key=secret, **common),
        "crossref": lambda: Crossref(email=EMAIL, **common),
        "arxiv": lambda: Arxiv(turns=Turns(0.0), **common),
        "edgar": lambda: Edgar(USER_AGENT if key == KEY else key, **common),
    }
    return makers[name]()
