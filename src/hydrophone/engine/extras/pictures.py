"""Pictures and videos beside the answer: those that the caller's filters leave."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from hydrophone.llm.overlap import coverage
from hydrophone.search.enforce import Enforcement
from hydrophone.types import Filter, Image, Media, Question, SearchResult, Video

DEFAULT_IMAGES = 10
MOST_IMAGES = 30
MOST_VIDEOS = 10
_WORDS = re.compile(r"[\W\d_]+")
_SAME_FORMAT = {"jpeg": "jpg", "tiff": "tif"}


def media(
    question: Question, images: Iterable[Image], videos: Iterable[Video], now: datetime
) -> Media | None:
    """The pictures and videos to show, each once; None when there are none.

    A picture's page must keep the domains of the picture's own filter and of the search's; its
    format is told by the ending of its address.
    """
    most = question.extras.most_images
    wanted = min(DEFAULT_IMAGES if most is None else most, MOST_IMAGES)
    by_search = _domains(question.search.filter)
    allowed = question.extras.image_filter
    by_picture = Filter(domains_allow=allowed.domains_allow, domains_deny=allowed.domains_deny)
    tests = [Enforcement(filter, now) for filter in (by_search, by_picture) if not filter.empty]
    formats = {_plain(one) for one in allowed.formats}
    shown = [
        image
        for image in {image.url: image for image in images}.values()
        if all(test.admits(_page(image)) for test in tests)
        and (not formats or _format(image.url) in formats)
    ]
    if question.extras.relevant_images:
        shown = _fitting_first(question.last_user_text, shown)
    shown = shown[:wanted]
    seen = list({video.url: video for video in videos}.values())[:MOST_VIDEOS]
    return Media(tuple(shown), tuple(seen)) if shown or seen else None


def _fitting_first(query: str, images: list[Image]) -> list[Image]:
    """The images whose titles and addresses share most words with the question first."""
    texts = [f"{image.title} {_WORDS.sub(' ', image.url)}" for image in images]
    shares = coverage(query, texts)
    order = sorted(range(len(images)), key=lambda n: -shares[n])
    return [images[n] for n in order]


def _domains(filter: Filter) -> Filter:
    return Filter(
        domains_allow=filter.domains_allow,
        domains_deny=filter.domains_deny,
        url_prefix=filter.url_prefix,
    )


def _page(image: Image) -> SearchResult:
    return SearchResult(image.origin_url, "", "")


def _format(url: str) -> str:
    path = urlsplit(url).path
    return _plain(path.rsplit(".", 1)[-1]) if "." in path.rsplit("/", 1)[-1] else ""


def _plain(ending: str) -> str:
    lower = ending.lower().lstrip(".")
    return _SAME_FORMAT.get(lower, lower)
