"""What a crawl may take in, and how often it comes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from hydrophone.crawl.urls import Scope, normalise
from hydrophone.errors import InvalidRequest

_LISTS = ("seeds", "include", "exclude")


@dataclass(frozen=True, slots=True)
class Plan:
    """A crawl as it was asked for. Seeds are normalised, sorted, each once; with the collection
    they name the crawl.

    Limits are of the whole crawl, None for none: links from a seed, pages read, and bytes of them.
    `delay_s` is kept between two requests to a host when its robots.txt asks for no more.
    `every_s` is how soon a page is looked at again at first; None: never.
    """

    seeds: tuple[str, ...]
    collection: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    any_site: bool = False
    subdomains: bool = False
    max_depth: int | None = None
    max_pages: int | None = None
    max_bytes: int | None = None
    delay_s: float = 0.25
    every_s: float | None = 86_400.0

    @property
    def key(self) -> str:
        """The seeds as one text."""
        return orjson.dumps(self.seeds).decode()

    def scope(self) -> Scope:
        """Which URLs belong to the crawl, whatever their depth. Raises InvalidRequest."""
        return Scope(
            self.seeds,
            include=self.include,
            exclude=self.exclude,
            any_site=self.any_site,
            subdomains=self.subdomains,
        )

    def to_json(self) -> str:
        """The plan as text that `plan_from_json` reads."""
        return orjson.dumps(self).decode()


def make_plan(urls: Sequence[str], collection: str, **limits: object) -> Plan:
    """The plan for a crawl from these URLs; a name without a scheme is taken as https.

    Raises InvalidRequest when a URL, a pattern or a limit makes no sense.
    """
    seeds = tuple(sorted({_seed(url) for url in urls}))
    if not seeds:
        raise InvalidRequest("name at least one URL to crawl", param="urls")
    if not collection.strip():
        raise InvalidRequest("the collection needs a name", param="collection")
    plan = replace(Plan(seeds, collection), **limits)  # type: ignore[arg-type]
    plan.scope()
    return plan


def plan_from_json(text: str) -> Plan:
    """The plan that was stored."""
    fields: dict[str, Any] = orjson.loads(text)
    return Plan(**fields | {name: tuple(fields[name]) for name in _LISTS})


def _seed(url: str) -> str:
    written = url.strip()
    seed = normalise(written if "://" in written else f"https://{written}")
    if seed is None:
        raise InvalidRequest(
            f"{url!r} is no URL that can be crawled; it must start with http:// or https://",
            param="urls",
        )
    return seed
