"""A mini web with all that goes wrong on the real one: Debian manuals on nginx, and added troubles.

Hosts are served by `benchmarks/miniweb.py`, which fetches the packages too. Here they get robots
rules, delays, second names and second paths for the same tree; and one more host, `odd.test`, has
redirects, loops, dead and slow pages, wrong charsets, hidden pages, sitemaps, a feed, a calendar
without end and session ids. What a crawl of it must bring stands in `miniweb_odd.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from miniweb import SITES, MiniWeb, Server, Site, missing, running, servers
from tests.emulators.miniweb_made import making_pages
from tests.emulators.miniweb_odd import ODD, odd_directives, write_odd_pages
from tests.emulators.miniweb_truth import Rules

SMALL = ("faq", "maint", "devref", "reference", "policy", "gobject", "git", "postgres")
WHOLE = ("python", "django", "sqlite", "octave")
MIRROR, OUTSIDE = "faq-mirror.test", "outside.test"
AGAIN = "/again/"
DELAY_S = 0.3
DELAYED = "maint.test"
# Slow enough for its log to tell how many pages are under way at once.
SLOW = "reference.test"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a robots.txt says, and the same as `Rules`, for the truth."""

    robots: str
    rules: Rules


POLICIES = {
    DELAYED: Policy(f"User-agent: *\nCrawl-delay: {DELAY_S}\nDisallow:\n", Rules()),
    "gobject.test": Policy(
        "User-agent: *\nDisallow: /howto-interface\nAllow: /howto-interface-properties.html\n",
        Rules(refused=("/howto-interface",), admitted=("/howto-interface-properties.html",)),
    ),
    "policy.test": Policy(
        "User-agent: *\nDisallow: /\n\nUser-agent: HydrophoneBot\nDisallow: /ap-pkg-\nAllow: /\n",
        Rules(refused=("/ap-pkg-",)),
    ),
}
# Of PostgreSQL's manual the small web has two chapters.
SMALL_POLICIES = {
    **POLICIES,
    "postgres.test": Policy(
        "User-agent: *\nAllow: /$\nAllow: /index.html\nAllow: /tutorial\nAllow: /app-\n"
        "Disallow: /\n",
        Rules(refused=("/",), admitted=("/index.html", "/tutorial", "/app-"), root=True),
    ),
}


@dataclass(frozen=True, slots=True)
class Tree:
    """Files under a path of a host, and where a crawl of them begins."""

    host: str
    prefix: str
    root: Path
    seeds: tuple[str, ...]
    rules: Rules


@dataclass(frozen=True, slots=True)
class TroubledWeb:
    """The running web, the seeds of a crawl of it, and its trees of files."""

    web: MiniWeb
    seeds: Sequence[str]
    trees: Sequence[Tree]


def demand_miniweb() -> None:
    """Skip the test on a machine that cannot have the web, or fail where nothing may be skipped."""
    lacking = missing()
    if lacking is not None and os.environ.get("HYDROPHONE_NO_SKIPS") == "1":
        pytest.fail(lacking)
    if lacking is not None:
        pytest.skip(lacking)


@contextmanager
def troubled_web(folder: Path, *, whole: bool = False) -> Iterator[TroubledWeb]:
    """The web, its files in `folder`; the whole one has twelve manuals, the small one eight."""
    names = {f"{name}.test" for name in (*SMALL, *(WHOLE if whole else ()))}
    policies = POLICIES if whole else SMALL_POLICIES
    sites = [site for site in SITES if site.name in names]
    plain = servers(sites)
    roots = {server.name: server.root for server in plain}
    odd, robots = folder / "odd", folder / "robots"
    for made in (odd, robots):
        made.mkdir(parents=True)
    with making_pages() as makers_port:
        hosts = [replace(one, directives=_directives(one, policies, robots)) for one in plain]
        hosts.append(Server(MIRROR, "127.0.10.30", roots["faq.test"]))
        hosts.append(Server(OUTSIDE, "127.0.10.31", odd))
        hosts.append(Server(ODD, "127.0.10.32", odd, odd_directives(makers_port, DELAYED, OUTSIDE)))
        with running(hosts, folder / "nginx") as web:
            write_odd_pages(odd, web.url(ODD, ""))
            yield TroubledWeb(web, _seeds(web, sites), _trees(sites, roots, policies))


def _directives(server: Server, policies: Mapping[str, Policy], robots: Path) -> str:
    """Also writes the robots.txt that the manual does not bring."""
    lines = ""
    if server.name in policies:
        file = robots / f"{server.name}.txt"
        file.write_text(policies[server.name].robots, "utf-8")
        lines += f'location = /robots.txt {{ alias "{file}"; }}\n'
    if server.name == SLOW:
        lines += "limit_rate 200k;\n"
    if server.name == "faq.test":
        lines += f'location {AGAIN} {{ alias "{server.root}/"; }}\n'
    return lines


def _seeds(web: MiniWeb, sites: Sequence[Site]) -> list[str]:
    found = [web.url(site.name, seed) for site in sites for seed in site.seeds]
    return [*found, web.url("faq.test", AGAIN), web.url(MIRROR), web.url(ODD)]


def _trees(
    sites: Sequence[Site], roots: Mapping[str, Path], policies: Mapping[str, Policy]
) -> list[Tree]:
    found = []
    for site in sites:
        rules = policies[site.name].rules if site.name in policies else Rules()
        found.append(Tree(site.name, "/", roots[site.name], site.seeds, rules))
    faq = roots["faq.test"]
    found.append(Tree("faq.test", AGAIN, faq, ("/",), Rules()))
    found.append(Tree(MIRROR, "/", faq, ("/",), Rules()))
    return found
