"""Paid and scholarly search services on one loopback port, each below a path of its own.

    async with SearchApis() as apis:
        Brave(Secret(KEY), base_url=apis.url("brave"), trusted=True)

A service checks a request as the real one does (key, names and bounds of parameters) and answers
in the real one's shape from a few records, to which it applies the filters that it was sent.
`apis.instead["brave"]` replaces its next answers. The shapes were checked with other people's
clients: tavily-python 0.8.5, exa-py 2.27.0, brave-search-python-client 0.4.27, pyalex 0.21,
habanero 2.9.2, arxiv 4.0.2, edgartools 5.62.0 and serper-mcp-server 0.0.10.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from tests.emulators import search_records as records

KEY = "key-of-the-tests"
EMAIL = "operator@example.org"
USER_AGENT = "Example Operator operator@example.org"

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BRAVE_QUERY = {"original": "q", "spellcheck_off": False, "show_strict_warning": False}
_BRAVE_COUNTRIES = frozenset({"ALL", "US", "GB", "DE", "FR", "JP"})
_BRAVE_LANGUAGES = frozenset({"en", "de", "fr", "jp", "pt-pt", "zh-hans", "nb"})


@dataclass(frozen=True)
class Instead:
    """An answer in place of the service's own."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True)
class Asked:
    """A request as it came; `said` is its query parameters or its JSON body."""

    service: str
    path: str
    said: Mapping[str, Any]
    headers: Mapping[str, str]


class Refusal(Exception):
    """The service refuses the request."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


class SearchApis:
    """All of the services. `asked` holds the requests in the order in which they came."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.instead: dict[str, Instead] = {}
        self.port = 0

    def url(self, service: str) -> str:
        """The base address of a service."""
        return f"http://127.0.0.1:{self.port}/{service}"

    @property
    def last(self) -> Mapping[str, Any]:
        """What the last request said."""
        return self.asked[-1].said

    async def __aenter__(self) -> Self:
        app = web.Application()
        for service, path, answer in _ROUTES:
            add = app.router.add_get if service in _BY_GET else app.router.add_post
            add(f"/{service}/{path}", self._handler(service, answer))
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    def _handler(
        self, service: str, answer: Callable[[Asked], object]
    ) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            said = dict(request.query) if request.method == "GET" else await request.json()
            headers = {name.lower(): value for name, value in request.headers.items()}
            asked = Asked(service, request.path.removeprefix(f"/{service}/"), said, headers)
            self.asked.append(asked)
            instead = self.instead.get(service)
            if instead is not None:
                return _respond(instead.body, instead.status, instead.media_type, instead.headers)
            try:
                body = answer(asked)
            except Refusal as refusal:
                return _respond(refusal.body, refusal.status)
            return _respond(body)

        return handle


def _respond(
    body: object,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    if isinstance(body, str):
        guess = "text/html" if body.startswith("<!DOCTYPE") else "application/atom+xml"
        media_type = guess if media_type == "application/json" else media_type
        content = body.encode()
    else:
        content = orjson.dumps(body)
    return web.Response(body=content, status=status, content_type=media_type, headers=headers)


def _brave(asked: Asked) -> object:
    _brave_admit(asked)
    said = asked.said
    _allow(said, _BRAVE_WEB, _brave_refusal)
    count, offset = int(said.get("count", 20)), int(said.get("offset", 0))
    if not 1 <= count <= 20 or not 0 <= offset <= 9:
        raise _brave_refusal("count or offset")
    found = [item for item in records.BRAVE if _in_sites(item.get("url", ""), said["q"])]
    since, until = _brave_freshness(said.get("freshness", ""))
    found = [item for item in found if since <= item.get("page_age", "9999")[:10] <= until]
    page = found[offset * count : (offset + 1) * count]
    query = {
        "original": said["q"],
        "more_results_available": len(found) > (offset + 1) * count,
    }
    web_results = {"type": "search", "results": page, "family_friendly": True}
    return {"type": "search", "query": query, "web": web_results}


def _brave_images(asked: Asked) -> object:
    _brave_admit(asked)
    _allow(asked.said, _BRAVE_IMAGES, _brave_refusal)
    if asked.said.get("safesearch", "strict") not in ("off", "strict"):
        raise _brave_refusal("safesearch")
    return {"type": "images", "query": _BRAVE_QUERY, "results": records.BRAVE_IMAGES}


def _brave_videos(asked: Asked) -> object:
    _brave_admit(asked)
    _allow(asked.said, _BRAVE_WEB - {"result_filter", "text_decorations"}, _brave_refusal)
    return {"type": "videos", "query": _BRAVE_QUERY, "results": records.BRAVE_VIDEOS}


_BRAVE_IMAGES = frozenset({"q", "country", "search_lang", "count", "safesearch", "spellcheck"})
_BRAVE_WEB_NAMES = (
    "ui_lang offset freshness text_decorations result_filter extra_snippets units summary"
)
_BRAVE_WEB = _BRAVE_IMAGES | frozenset(_BRAVE_WEB_NAMES.split())


def _brave_admit(asked: Asked) -> None:
    if asked.headers.get("x-subscription-token") != KEY:
        detail = "The provided subscription token is invalid."
        error = {"code": "SUBSCRIPTION_TOKEN_INVALID", "detail": detail, "status": 422}
        raise Refusal(422, {"type": "ErrorResponse", "error": error})
    q = asked.said.get("q", "")
    if not q or len(q) > 400 or len(q.split()) > 50:
        raise _brave_refusal("q")
    if asked.said.get("country", "ALL") not in _BRAVE_COUNTRIES:
        raise _brave_refusal("country")
    if asked.said.get("search_lang", "en") not in _BRAVE_LANGUAGES:
        raise _brave_refusal("search_lang")
    if asked.said.get("safesearch", "off") not in ("off", "moderate", "strict"):
        raise _brave_refusal("safesearch")


def _brave_refusal(name: str) -> Refusal:
    meta = {"errors": [{"loc": ["query", name]}]}
    error = {"code": "VALIDATION", "detail": "Unable to validate request", "meta": meta}
    return Refusal(422, {"type": "ErrorResponse", "error": error})


def _brave_freshness(text: str) -> tuple[str, str]:
    if not text or text in ("pd", "pw", "pm", "py"):
        return "0000", "9999-99-99"
    since, _, until = text.partition("to")
    if not _is_day(since) or not _is_day(until):
        raise _brave_refusal("freshness")
    return since, until


def _tavily(asked: Asked) -> object:
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        raise Refusal(401, {"detail": {"error": "Unauthorized: missing or invalid API key."}})
    said = asked.said
    _allow(said, _TAVILY, _tavily_refusal)
    if not said.get("query") or len(said["query"]) > 400:
        raise _tavily_refusal("query")
    if not 0 <= said.get("max_results", 5) <= 20:
        raise _tavily_refusal("max_results")
    if said.get("topic", "general") not in ("general", "news", "finance"):
        raise _tavily_refusal("topic")
    if said.get("search_depth", "basic") not in ("basic", "advanced", "fast", "ultra-fast"):
        raise _tavily_refusal("search_depth")
    if said.get("time_range", "day") not in ("day", "week", "month", "year"):
        raise _tavily_refusal("time_range")
    if "time_range" in said and {"start_date", "end_date"} & set(said):
        raise _tavily_refusal("time_range with start_date or end_date")
    if not all(_is_day(said[name]) for name in ("start_date", "end_date") if name in said):
        raise _tavily_refusal("start_date")
    if "country" in said and said.get("topic") == "news":
        raise _tavily_refusal("country is available only if topic is general")
    if said.get("country", "germany") != said.get("country", "germany").lower():
        raise _tavily_refusal("country")
    found = _in_domains(
        records.TAVILY, said.get("include_domains") or (), said.get("exclude_domains") or ()
    )
    dated = said.get("topic") == "news"
    results = [{k: v for k, v in item.items() if dated or k != "published_date"} for item in found]
    return {
        "query": said["query"],
        "follow_up_questions": None,
        "answer": None,
        "images": [],
        "results": results[: said.get("max_results", 5)],
        "response_time": 0.8,
        "request_id": "0f6f1c1e",
    }


_TAVILY_NAMES = (
    "query search_depth topic time_range start_date end_date max_results include_domains "
    "exclude_domains country include_images include_answer include_raw_content"
)
_TAVILY = frozenset(_TAVILY_NAMES.split())


def _tavily_refusal(name: str) -> Refusal:
    return Refusal(400, {"detail": {"error": f"Invalid {name}."}})


def _exa(asked: Asked) -> object:
    if asked.headers.get("x-api-key") != KEY:
        raise Refusal(401, {"error": "Invalid API key", "tag": "INVALID_API_KEY"})
    said = asked.said
    _allow(said, _EXA, _exa_refusal)
    if not said.get("query") or not 1 <= said.get("numResults", 10) <= 100:
        raise _exa_refusal("query or numResults")
    if "includeDomains" in said and "excludeDomains" in said:
        raise _exa_refusal("includeDomains with excludeDomains")
    found = _in_domains(
        records.EXA, said.get("includeDomains") or (), said.get("excludeDomains") or ()
    )
    since, until = said.get("startPublishedDate", ""), said.get("endPublishedDate", "9999")
    found = [item for item in found if since < item.get("publishedDate", "0000") < until]
    contents = said.get("contents") or {}
    kept = {"id", "url", "title", "publishedDate", "author", "score"}
    kept |= {name for name in ("highlights", "text") if contents.get(name)}
    results = [{k: v for k, v in item.items() if k in kept} for item in found]
    return {
        "requestId": "b5947044c4b78efa9552a7c89b306d95",
        "resolvedSearchType": "neural",
        "results": results[: said.get("numResults", 10)],
        "costDollars": {"total": 0.005},
    }


_EXA_NAMES = (
    "query type numResults contents includeDomains excludeDomains startPublishedDate "
    "endPublishedDate userLocation moderation category"
)
_EXA = frozenset(_EXA_NAMES.split())


def _exa_refusal(name: str) -> Refusal:
    return Refusal(400, {"error": f"Invalid {name}", "tag": "INVALID_REQUEST_BODY"})


def _serper(asked: Asked) -> object:
    if asked.headers.get("x-api-key") != KEY:
        raise Refusal(403, {"message": "Unauthorized.", "statusCode": 403})
    said = asked.said
    _allow(said, frozenset({"q", "gl", "hl", "num", "page", "tbs", "location"}), _serper_refusal)
    if not said.get("q"):
        raise _serper_refusal("q")
    if not re.fullmatch(
        r"qdr:[hdwmy]|cdr:1(,cd_m(in|ax):\d+/\d+/\d{4})+", said.get("tbs", "qdr:d")
    ):
        raise _serper_refusal("tbs")
    parameters = {"q": said["q"], "type": asked.path, "engine": "google"}
    if asked.path != "search":
        items = records.SERPER_IMAGES if asked.path == "images" else records.SERPER_VIDEOS
        return {"searchParameters": parameters, asked.path: items, "credits": 1}
    found = [item for item in records.SERPER if _in_sites(item["link"], said["q"])]
    page, num = int(said.get("page", 1)), int(said.get("num", 10))
    if page < 1 or not 1 <= num <= 100:
        raise _serper_refusal("page or num")
    organic = found[(page - 1) * num : page * num]
    return {
        "searchParameters": parameters,
        "organic": organic,
        "peopleAlsoAsk": records.SERPER_ASKED,
        "relatedSearches": records.SERPER_RELATED,
        "credits": 1,
    }


def _serper_refusal(name: str) -> Refusal:
    return Refusal(400, {"message": f"Invalid {name}", "statusCode": 400})


def _openalex(asked: Asked) -> object:
    said = asked.said
    names = frozenset(
        {"search", "filter", "select", "per-page", "page", "mailto", "api_key", "sort"}
    )
    _allow(said, names, _openalex_refusal)
    page, per_page = int(said.get("page", 1)), int(said.get("per-page", 25))
    if not 1 <= per_page <= 200 or page * per_page > 10_000:
        raise _openalex_refusal("per-page")
    if "api_key" in said and said["api_key"] != KEY:
        raise Refusal(401, {"error": "Invalid or missing API key"})
    found: list[dict[str, Any]] = list(records.OPENALEX)
    for name, value in _pairs(said.get("filter", "")):
        if name == "language":
            found = [work for work in found if work["language"] in value.split("|")]
        elif name == "from_publication_date":
            found = [work for work in found if work["publication_date"] >= value]
        elif name == "to_publication_date":
            found = [work for work in found if work["publication_date"] <= value]
        else:
            raise _openalex_refusal(f"filter {name}")
    fields = said["select"].split(",") if "select" in said else sorted(records.OPENALEX[0])
    if unknown := set(fields) - records.OPENALEX_FIELDS:
        raise _openalex_refusal(f"select {unknown}")
    works = [{name: work.get(name) for name in fields} for work in found]
    meta = {"count": len(works), "page": page, "per_page": per_page}
    return {"meta": meta, "results": works[(page - 1) * per_page : page * per_page]}


def _openalex_refusal(name: str) -> Refusal:
    return Refusal(400, {"error": "Invalid query parameters error.", "message": f"{name} is not"})


def _crossref(asked: Asked) -> object:
    said = asked.said
    names = frozenset({"query", "filter", "select", "rows", "offset", "mailto", "sort", "order"})
    _allow(said, names, _crossref_refusal)
    rows, offset = int(said.get("rows", 20)), int(said.get("offset", 0))
    if not 0 <= rows <= 1000 or not 0 <= offset <= 10_000:
        raise _crossref_refusal("rows or offset")
    found: list[dict[str, Any]] = list(records.CROSSREF)
    for name, value in _pairs(said.get("filter", "")):
        if name not in ("from-pub-date", "until-pub-date") or not _is_day(value):
            raise _crossref_refusal(f"filter {name}")
        since = name == "from-pub-date"
        found = [w for w in found if _in_crossref_date(w, value, since=since)]
    fields = said["select"].split(",") if "select" in said else list(records.CROSSREF_FIELDS)
    if unknown := set(fields) - records.CROSSREF_FIELDS:
        raise _crossref_refusal(f"select {unknown}")
    items = [{name: work[name] for name in fields if name in work} for work in found]
    message = {
        "items": items[offset : offset + rows],
        "total-results": len(items),
        "items-per-page": rows,
        "query": {"start-index": offset, "search-terms": said.get("query")},
        "facets": {},
    }
    return {"status": "ok", "message-type": "work-list", "message": message}


def _in_crossref_date(work: Mapping[str, Any], day: str, *, since: bool) -> bool:
    """As the real one does: a date that is known in part is compared in part."""
    parts = [int(part) for part in day.split("-")]
    known = work["published"]["date-parts"][0]
    if None in known:
        return False
    ours = parts[: len(known)]
    return known >= ours if since else known <= ours


def _crossref_refusal(name: str) -> Refusal:
    said = [{"type": "parameter-not-allowed", "value": name, "message": f"{name} is not allowed"}]
    body = {"status": "failed", "message-type": "validation-failure", "message": said}
    return Refusal(400, body)


def _arxiv(asked: Asked) -> object:
    said = asked.said
    names = {"search_query", "id_list", "start", "max_results", "sortBy", "sortOrder"}
    unknown = set(said) - names
    if unknown or not said.get("search_query") or int(said.get("max_results", 10)) > 2000:
        return records.ARXIV_ERROR
    return records.ARXIV_FEED


def _edgar(asked: Asked) -> object:
    agent = asked.headers.get("user-agent", "")
    if not re.search(r"\S+@\S+\.\S+", agent):
        raise Refusal(403, records.EDGAR_REFUSAL)
    said = asked.said
    names = {"q", "dateRange", "startdt", "enddt", "forms", "from", "ciks"}
    if set(said) - names or not said.get("q"):
        raise Refusal(400, {"message": "bad request"})
    days = [said[name] for name in ("startdt", "enddt") if name in said]
    if days and (said.get("dateRange") != "custom" or not all(map(_is_day, days))):
        raise Refusal(400, {"message": "bad request"})
    found = [
        hit
        for hit in records.EDGAR
        if said.get("startdt", "") <= hit["_source"]["file_date"] <= said.get("enddt", "9999")
    ]
    start = int(said.get("from", 0))
    total = {"value": len(found), "relation": "eq"}
    hits = {"total": total, "max_score": 12.1, "hits": found[start : start + 100]}
    return {"took": 31, "timed_out": False, "hits": hits, "aggregations": {}}


_BY_GET = frozenset({"brave", "openalex", "crossref", "arxiv", "edgar"})
_ROUTES: Sequence[tuple[str, str, Callable[[Asked], object]]] = (
    ("brave", "web/search", _brave),
    ("brave", "images/search", _brave_images),
    ("brave", "videos/search", _brave_videos),
    ("tavily", "search", _tavily),
    ("exa", "search", _exa),
    ("serper", "search", _serper),
    ("serper", "images", _serper),
    ("serper", "videos", _serper),
    ("openalex", "works", _openalex),
    ("crossref", "works", _crossref),
    ("arxiv", "query", _arxiv),
    ("edgar", "search-index", _edgar),
)


def _allow(
    said: Mapping[str, Any], names: frozenset[str], refusal: Callable[[str], Refusal]
) -> None:
    unknown = sorted(set(said) - names)
    if unknown:
        raise refusal(unknown[0])


def _pairs(filters: str) -> list[tuple[str, str]]:
    pairs = [one.partition(":") for one in filters.split(",") if one]
    return [(name, value) for name, _, value in pairs]


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _in_sites(url: str, query: str) -> bool:
    """What `site:` operators make of a query."""
    wanted = re.findall(r"(?<!-)site:([^\s)]+)", query)
    unwanted = re.findall(r"-site:([^\s)]+)", query)
    return bool(_in_domains([{"url": url}], wanted, unwanted))


def _in_domains(
    items: Sequence[dict[str, Any]], wanted: Collection[str], unwanted: Collection[str]
) -> list[dict[str, Any]]:
    return [
        item
        for item in items
        if (not wanted or any(_below(item["url"], entry) for entry in wanted))
        and not any(_below(item["url"], entry) for entry in unwanted)
    ]


def _below(url: str, entry: str) -> bool:
    host, slash, path = entry.removeprefix("*.").partition("/")
    parts = urlsplit(url)
    return f".{parts.hostname}".endswith(f".{host}") and parts.path.startswith(slash + path)
