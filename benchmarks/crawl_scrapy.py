"""The rival's side of `crawl.py`: a Scrapy spider over the mini web, run by `named.py`.

    python crawl_scrapy.py FOLDER URL…

Links come from Scrapy's LinkExtractor, and the text of each page from our `extract_document`,
called in the spider's callback; the texts go to FOLDER/pages.jsonl by Scrapy's own export. There is
no delay, robots.txt is obeyed, and nothing is read twice: as in the crawl that it stands beside.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.linkextractors import LinkExtractor

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.document import extract_document

SETTINGS = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": 32,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "ERROR",
    "USER_AGENT": "scrapy-beside-hydrophone",
}


class ManualSpider(Spider):
    """Follows all links within the hosts of its seeds."""

    name = "manuals"

    def __init__(self, seeds: list[str]) -> None:
        super().__init__()
        self._seeds = seeds
        hosts = {urlsplit(seed).netloc for seed in seeds}
        self._links = LinkExtractor(allow_domains=list(hosts))

    async def start(self) -> AsyncIterator[Request]:
        """The seeds."""
        for seed in self._seeds:
            yield Request(seed)

    def parse(self, response: Response) -> Iterator[Any]:
        """The links of a page, and its text."""
        if isinstance(response, HtmlResponse):
            for link in self._links.extract_links(response):
                if not link.nofollow:
                    yield Request(link.url)
        if isinstance(response, TextResponse):
            yield from self._read(response)

    def _read(self, response: TextResponse) -> Iterator[dict[str, object]]:
        claimed = (response.headers.get("Content-Type") or b"").decode("latin-1")
        media_type = claimed.partition(";")[0].strip() or None
        try:
            document = extract_document(response.body, response.url, media_type=media_type)
        except DocumentError:
            return
        yield {
            "url": document.url,
            "title": document.title,
            "language": document.language,
            "headings": [heading.text for heading in document.headings],
            "text": document.text,
        }


def main() -> None:
    """Crawl until no link is left."""
    folder, *seeds = sys.argv[1:]
    export = {str(Path(folder) / "pages.jsonl"): {"format": "jsonlines", "encoding": "utf-8"}}
    process = CrawlerProcess({**SETTINGS, "FEEDS": export})
    process.crawl(ManualSpider, seeds=seeds)
    process.start()


if __name__ == "__main__":
    main()
