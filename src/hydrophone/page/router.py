"""GET / and GET /page/<file>. The page holds no data: its script asks the API, with the key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hydrophone import __version__
from hydrophone.errors import NotFound
from hydrophone.page.assets import Asset, static_assets
from hydrophone.ports import House

EXAMPLES = (
    "How do I add my own documents?",
    "Which settings make it work offline?",
    "How do I create an API key?",
)

# The script may run our modules and ask our own API, and nothing else may happen: no inline code,
# no other origin, no form that leaves (a key must never get into an address), no string that
# becomes markup.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Always asked again, and answered with 304 while nothing has changed: after an update of the
    # server no old module meets a new one.
    "Cache-Control": "no-cache",
}


def build_router(house: House) -> APIRouter:
    """The router; needs no key, since nothing that it serves is secret."""
    router = APIRouter(include_in_schema=False)
    # At the first request and not at the start: to compile the template takes some 60 ms.
    made = cache(_site)

    async def page(request: Request) -> Response:
        site = await asyncio.to_thread(made)
        return _response(site.open if house.accounts.open else site.locked, request)

    async def asset(request: Request) -> Response:
        # Not as a parameter: for the first one the framework loads 30 ms of validators at start.
        name: str = request.path_params["name"]
        found = (await asyncio.to_thread(made)).assets.get(name)
        if found is None:
            raise NotFound(f"the page has no file {name!r}")
        return _response(found, request)

    router.add_api_route("/", page, methods=["GET", "HEAD"], response_model=None)
    router.add_api_route("/page/{name}", asset, methods=["GET", "HEAD"], response_model=None)
    return router


@dataclass(frozen=True, slots=True)
class _Site:
    """The page of a server that asks for no key, of one that does, and the files of both."""

    open: Asset
    locked: Asset
    assets: Mapping[str, Asset]


def _site() -> _Site:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    template = Environment(
        loader=PackageLoader("hydrophone.page"), autoescape=True, undefined=StrictUndefined
    ).get_template("page.html")

    def page(*, needs_key: bool) -> Asset:
        html = template.render(examples=EXAMPLES, needs_key=needs_key, version=__version__)
        return Asset.of(html.encode(), "text/html; charset=utf-8")

    return _Site(page(needs_key=False), page(needs_key=True), static_assets())


def _response(asset: Asset, request: Request) -> Response:
    headers = {**_HEADERS, "ETag": asset.etag}
    if asset.matches(request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    body = b"" if request.method == "HEAD" else asset.body
    headers["Content-Length"] = str(len(asset.body))
    return Response(body, headers=headers, media_type=asset.media_type)
