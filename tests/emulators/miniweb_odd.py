"""The troubled host: its pages, its nginx lines, and what a crawl must make of each.

Every page says in its title which one it is and has a text of its own, long enough not to look like
another page's.
"""

from __future__ import annotations

import gzip
import random
from pathlib import Path

ODD = "odd.test"

# Path: what the page's text must hold. These are all that may be indexed, made pages apart.
INDEXED: dict[str, str] = {
    "/": "Everything odd",
    "/moved/target.html": "moved target",
    "/slow.html": "slow page",
    "/made/busy/": "second try",
    "/charset/latin1.html": "Größe, Maß und Überfluß",
    "/charset/utf8.html": "Größe, Maß und Überfluß",
    "/charset/koi8.html": "Широкая электрификация южных губерний",
    "/after-hidden.html": "after the hidden page",
    "/canonical/page.html": "canonical page",
    "/private/open.html": "open page among private ones",
    "/sitemap-only-1.html": "first page of the sitemap",
    "/sitemap-only-2.html": "second page of the sitemap",
    "/feed-only.html": "page of the feed",
    "/refresh/target.html": "target of a refresh",
}
# Read, but not to be indexed.
FETCHED_ONLY = (
    *("/moved/1", "/moved/2", "/moved/3", "/loop/a", "/loop/b", "/elsewhere"),
    *("/gone.html", "/gone-for-good.html", "/broken.html", "/hidden.html"),
    *("/hidden-by-header.html", "/canonical/print.html", "/refresh/page.html"),
)
NEVER_ASKED = (
    *("/private/secret.html", "/nofollow/by-link.html", "/nofollow/by-page.html"),
    *("/nofollow/by-header.html", "/only-in-a-comment.html"),
)
TRIED_AGAIN = ("/broken.html", "/made/hangs/")
# Pages without end: only their number matters.
MADE = "/made/"
MOST_MADE = 600

_ROBOTS = (
    "User-agent: *\nDisallow: /private/\nAllow: /private/open.html\n\n"
    "Sitemap: {base}/sitemap-index.xml\n"
)
_WORDS = """
anchor barrel candle desert engine feather garden harbour island journey kettle ladder market
needle orchard pepper quarry ribbon saddle timber umbrella valley window yellow zebra bridge
copper dragon ember forest glacier hammer iron jungle kitchen lantern meadow north ocean plank
"""
_DIRECTIVES = """
location = /moved/1 {{ return 301 /moved/2; }}
location = /moved/2 {{ return 302 /moved/3; }}
location = /moved/3 {{ return 308 /moved/target.html; }}
location = /loop/a {{ return 302 /loop/b; }}
location = /loop/b {{ return 302 /loop/a; }}
location = /elsewhere {{ return 302 http://{elsewhere}:$server_port/build.en.html; }}
location = /outside {{ return 302 http://{outside}:$server_port/; }}
location = /to-private {{ return 302 /private/secret.html; }}
location = /gone-for-good.html {{ return 410; }}
location = /broken.html {{ return 500; }}
location = /hidden-by-header.html {{ add_header X-Robots-Tag "noindex"; }}
location = /nofollow/header.html {{ add_header X-Robots-Tag "nofollow, noindex"; }}
location = /slow.html {{ gzip off; limit_rate 512; }}
location = /charset/latin1.html {{ charset utf-8; }}
location = /charset/utf8.html {{ charset iso-8859-1; }}
location /made/ {{ proxy_pass http://127.0.0.1:{makers}; }}
"""


def odd_directives(makers_port: int, elsewhere: str, outside: str) -> str:
    """The lines of the host's server block."""
    return _DIRECTIVES.format(makers=makers_port, elsewhere=elsewhere, outside=outside)


def write_odd_pages(folder: Path, base: str) -> None:
    """Write the files; `base` is the host's address without a slash at its end."""
    for path, body in _pages().items():
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body if isinstance(body, bytes) else body.encode("utf-8"))
    (folder / "robots.txt").write_text(_ROBOTS.format(base=base), "utf-8")
    index = (
        f"<sitemap><loc>{base}/sitemap-1.xml</loc></sitemap>"
        f"<sitemap><loc>{base}/sitemap-2.xml.gz</loc></sitemap>"
    )
    (folder / "sitemap-index.xml").write_text(_xml("sitemapindex", index), "utf-8")
    first = f"<url><loc>{base}/sitemap-only-1.html</loc><lastmod>2026-01-02</lastmod></url>"
    (folder / "sitemap-1.xml").write_text(_xml("urlset", first), "utf-8")
    second = f"<url><loc>{base}/sitemap-only-2.html</loc></url>"
    (folder / "sitemap-2.xml.gz").write_bytes(gzip.compress(_xml("urlset", second).encode()))
    entry = f'<entry><title>New</title><link href="{base}/feed-only.html"/></entry>'
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{entry}</feed>'
    (folder / "news.atom").write_text(feed, "utf-8")


def _xml(kind: str, inside: str) -> str:
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?><{kind} xmlns="{space}">{inside}</{kind}>'


def _pages() -> dict[str, str | bytes]:
    plain = (
        *("/moved/target.html", "/slow.html", "/after-hidden.html", "/canonical/page.html"),
        *("/private/open.html", "/sitemap-only-1.html", "/sitemap-only-2.html"),
        *("/feed-only.html", "/refresh/target.html"),
    )
    pages: dict[str, str | bytes] = {path: _page(INDEXED[path]) for path in plain}
    pages["/index.html"] = _front()
    pages["/private/secret.html"] = _page("private secret")
    pages["/hidden-by-header.html"] = _page("hidden by its header")
    hidden = '<meta name="robots" content="noindex">'
    pages["/hidden.html"] = _page("hidden page", hidden, _link("/after-hidden.html"))
    nofollow = '<meta name="robots" content="nofollow, noindex">'
    pages["/nofollow/page.html"] = _page("nofollow", nofollow, _link("/nofollow/by-page.html"))
    pages["/nofollow/header.html"] = _page("nofollow", "", _link("/nofollow/by-header.html"))
    for name in ("link", "page", "header"):
        pages[f"/nofollow/by-{name}.html"] = _page(f"found by nofollow {name}")
    canonical = '<link rel="canonical" href="/canonical/page.html">'
    pages["/canonical/print.html"] = _page("canonical page", canonical)
    refresh = '<meta http-equiv="refresh" content="0; url=/refresh/target.html">'
    pages["/refresh/page.html"] = f"<!doctype html><html><head>{refresh}</head><body></body></html>"
    german = _page(INDEXED["/charset/latin1.html"], '<meta charset="iso-8859-1">', seed="latin1")
    pages["/charset/latin1.html"] = german.encode("latin-1")
    german = _page(INDEXED["/charset/utf8.html"], '<meta charset="utf-8">', seed="utf8")
    pages["/charset/utf8.html"] = german.encode("utf-8-sig")
    russian = _page(INDEXED["/charset/koi8.html"], '<meta charset="koi8-r">')
    pages["/charset/koi8.html"] = russian.encode("koi8-r")
    return pages


def _front() -> str:
    """Links to everything that is to be found by links, and to what is not to be found at all."""
    linked = [path for path in INDEXED if path.startswith(("/charset/", "/private/", "/slow"))]
    linked += ["/moved/1", "/loop/a", "/elsewhere", "/outside", "/to-private", "/gone.html"]
    linked += ["/gone-for-good.html", "/broken.html", "/hidden.html", "/hidden-by-header.html"]
    linked += ["/private/secret.html", "/nofollow/page.html", "/nofollow/header.html"]
    linked += ["/canonical/print.html", "/refresh/page.html", "/made/busy/", "/made/hangs/"]
    linked += ["/made/calendar/?month=2026-11", "/made/shop/0", "/made/growing/"]
    inside = "".join(_link(path) for path in linked)
    inside += '<p><a rel="nofollow" href="/nofollow/by-link.html">not vouched for</a></p>'
    inside += '<!-- <a href="/only-in-a-comment.html">comment</a> -->'
    inside += '<p><a href="mailto:odd@odd.test">mail</a> <a href="http://[">broken</a></p>'
    feed = '<link rel="alternate" type="application/atom+xml" href="/news.atom">'
    return _page(INDEXED["/"], feed, inside)


def _link(path: str) -> str:
    return f'<p><a href="{path}">{path}</a></p>'


def _page(title: str, head: str = "", inside: str = "", *, seed: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><article>"
        f"<h1>{title}</h1><p>This is the {title}.</p>{_prose(title + seed)}{inside}"
        "</article></body></html>"
    )


def _prose(seed: str) -> str:
    """Three paragraphs of some forty words, always the same for a page and like no other's."""
    dice, words = random.Random(seed), _WORDS.split()
    paragraphs = []
    for _ in range(3):
        sentences = [" ".join(dice.choices(words, k=8)).capitalize() for _ in range(5)]
        paragraphs.append(f"<p>{'. '.join(sentences)}.</p>")
    return "".join(paragraphs)
