"""A research report that is kept as a file, and stands in no frame of the stream."""

from __future__ import annotations

import logging
from urllib.parse import quote, urlsplit

from hydrophone.perplexity.account.downloads import downloads_in
from hydrophone.perplexity.asking import VERSION
from hydrophone.perplexity.errors import PerplexityError
from hydrophone.perplexity.session.transport import is_private
from hydrophone.perplexity.session.web import WebSession

_QUERY = {"version": VERSION, "source": "default", "limit": "100", "from_first": "true"}
_DOWNLOAD_S = 60.0
_MOST_CHARS = 20_000_000
_log = logging.getLogger("hydrophone.perplexity")


async def report_of(web: WebSession, backend_uuid: str) -> str:
    """The text of the newest file of an entry's conversation; empty when there is none, or when it
    cannot be had: the answer is then without it."""
    try:
        page = await web.get(f"/rest/thread/{quote(backend_uuid, safe='')}", _QUERY)
    except PerplexityError as error:
        _log.warning("whether there is a report is not known: %s", error)
        return ""
    urls = downloads_in(page)
    return await _downloaded(urls[-1]) if urls else ""


async def _downloaded(url: str) -> str:
    """A file from another server, which gets no cookie of the session. Its address is a secret."""
    from curl_cffi.requests import AsyncSession, Response, exceptions

    if not is_private(url):
        return ""
    address = urlsplit(url)
    try:
        async with AsyncSession[Response]() as server:
            answer = await server.get(url, timeout=_DOWNLOAD_S)
    except exceptions.RequestException:
        _log.warning("the report could not be downloaded from %s", address.hostname)
        return ""
    if answer.status_code != 200:
        _log.warning("the report was refused with status %d", answer.status_code)
        return ""
    text: str = answer.text
    return text.strip()[:_MOST_CHARS]
