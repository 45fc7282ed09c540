"""What a crawl takes in, what it leaves out, and how it behaves."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from hydrophone.attention import Attention
from hydrophone.crawl.crawler import CrawlBusy
from hydrophone.crawl.walk.walk import Pace
from hydrophone.errors import InvalidRequest
from tests.crawl.crawling import Crawling
from tests.crawl.site import Site, words_about


async def test_linked_pages_are_indexed_once_each(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a", "/b#part", "/b")
    site.page("/a", "/", "/b", "/deep/c")
    site.page("/b", "a")
    site.page("/deep/c", "../a")
    done = await crawling.crawl()
    assert await crawling.documents() == {"/", "/a", "/b", "/deep/c"}
    assert set(site.times().values()) == {1}
    assert (done.indexed, done.fetched, done.left_out) == (4, 4, 0)
    assert (done.waiting, done.problems) == (0, {})


async def test_other_sites_are_not_visited(crawling: Crawling, site: Site) -> None:
    site.page("/", f"http://two.test:{site.port}/x", f"http://www.one.test:{site.port}/y")
    site.page("/y")
    await crawling.crawl(f"http://one.test:{site.port}/")
    assert site.times() == {"/": 1, "/y": 1}
    assert {request.headers["Host"].split(":")[0] for request in site.requests} == {
        "one.test",
        "www.one.test",
    }


async def test_any_site_follows_links_to_other_hosts(crawling: Crawling, site: Site) -> None:
    site.page("/", f"http://two.test:{site.port}/x")
    site.page("/x")
    await crawling.crawl(f"http://one.test:{site.port}/", any_site=True)
    assert f"http://two.test:{site.port}/x" in await crawling.documents()


async def test_include_and_exclude_choose_pages(crawling: Crawling, site: Site) -> None:
    site.page("/", "/docs/a", "/docs/old/b", "/blog/c", "/docs/draft-1")
    for path in ("/docs/a", "/docs/old/b", "/blog/c", "/docs/draft-1"):
        site.page(path)
    await crawling.crawl(include=("/docs/*",), exclude=("*/old/*", r"re:draft-\d"))
    assert await crawling.documents() == {"/", "/docs/a"}


async def test_depth_counts_links_from_the_seed(crawling: Crawling, site: Site) -> None:
    site.page("/", "/1")
    site.page("/1", "/2")
    site.page("/2", "/3")
    site.page("/3")
    await crawling.crawl(max_depth=2)
    assert await crawling.documents() == {"/", "/1", "/2"}


async def test_depth_is_the_shortest_way_whatever_answers_first(
    crawling: Crawling, site: Site
) -> None:
    """/x is two links away by a slow page, three by fast ones; what is below it is within four."""
    site.page("/", "/slow", "/fast1")
    site.page("/fast1", "/fast2")
    site.page("/fast2", "/x")
    site.page("/slow", "/x")
    fast = site.pages["/slow"]

    async def slowly(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return await fast(request)

    site.pages["/slow"] = slowly
    site.page("/x", "/y")
    site.page("/y")
    await crawling.crawl(max_depth=3)
    assert "/y" in await crawling.documents()


async def test_page_limit_is_exact_and_can_be_raised(crawling: Crawling, site: Site) -> None:
    site.page("/", *(f"/{n}" for n in range(20)))
    for n in range(20):
        site.page(f"/{n}")
    done = await crawling.crawl(max_pages=7)
    assert (done.limited, len(await crawling.documents())) == (True, 7)
    assert sum(site.times().values()) == 7
    done = await crawling.crawl(max_pages=12)
    assert (done.limited, len(await crawling.documents())) == (True, 12)
    done = await crawling.crawl()
    assert (done.limited, len(await crawling.documents())) == (False, 21)
    assert set(site.times().values()) == {1}


async def test_byte_limit_ends_a_crawl(crawling: Crawling, site: Site) -> None:
    crawling.crawler = crawling.make_crawler(pace=Pace(at_once=1))
    site.page("/", *(f"/{n}" for n in range(20)))
    for n in range(20):
        site.page(f"/{n}")
    done = await crawling.crawl(max_bytes=6_000)
    assert done.limited
    assert 6_000 <= done.size_bytes < 12_000


async def test_sitemaps_name_pages_that_nobody_links_to(crawling: Crawling, site: Site) -> None:
    site.page("/")
    site.file("/robots.txt", f"Sitemap: {site.url('/index.xml')}\n")
    for name, path in (("one", "/hidden1"), ("two", "/hidden2")):
        site.file(f"/{name}.xml", f"<urlset><url><loc>{site.url(path)}</loc></url></urlset>")
        site.page(path)
    maps = "".join(f"<sitemap><loc>{site.url(f'/{n}.xml')}</loc></sitemap>" for n in ("one", "two"))
    site.file("/index.xml", f"<sitemapindex>{maps}</sitemapindex>", "application/xml")
    done = await crawling.crawl()
    assert await crawling.documents() == {"/", "/hidden1", "/hidden2"}
    assert done.fetched == 3


async def test_the_usual_sitemap_is_looked_for(crawling: Crawling, site: Site) -> None:
    site.page("/")
    site.page("/hidden")
    site.file("/sitemap.xml", f"<urlset><url><loc>{site.url('/hidden')}</loc></url></urlset>")
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/hidden"}


async def test_feeds_of_a_page_are_read(crawling: Crawling, site: Site) -> None:
    site.page("/", head='<link rel="alternate" type="application/atom+xml" href="/new.atom">')
    entry = f'<entry><link href="{site.url("/news")}"/></entry>'
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'
    site.file("/new.atom", feed, "application/atom+xml")
    site.page("/news")
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/news"}


async def test_robots_are_asked_first_and_obeyed(crawling: Crawling, site: Site) -> None:
    site.file("/robots.txt", "User-agent: HydrophoneBot\nDisallow: /private\n")
    site.page("/", "/private/a", "/open")
    site.page("/private/a")
    site.page("/open")
    done = await crawling.crawl()
    assert site.requests[0].path == "/robots.txt"
    assert await crawling.documents() == {"/", "/open"}
    assert "/private/a" not in site.times()
    assert done.problems == {"robots": 1}


async def test_crawl_delay_is_kept(crawling: Crawling, site: Site) -> None:
    site.file("/robots.txt", "User-agent: *\nCrawl-delay: 0.2\n")
    site.page("/", "/a", "/b", "/c")
    for path in ("/a", "/b", "/c"):
        site.page(path)
    await crawling.crawl()
    at_s = [request.at_s for request in site.requests]
    gaps_s = [after - before for before, after in pairwise(at_s)]
    assert len(gaps_s) == 5
    assert min(gaps_s) >= 0.19


async def test_without_robots_the_plans_delay_is_kept(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a", "/b")
    site.page("/a")
    site.page("/b")
    await crawling.crawl(delay_s=0.15)
    at_s = [request.at_s for request in site.requests if request.path != "/robots.txt"]
    assert min(after - before for before, after in pairwise(at_s)) >= 0.13


async def test_unreachable_robots_put_the_site_off(crawling: Crawling, site: Site) -> None:
    site.page("/robots.txt", status=503)
    site.page("/")
    done = await crawling.crawl()
    assert (done.indexed, done.waiting) == (0, 1)
    assert site.paths() == []
    assert [s.url for s in crawling.steps if s.state == "postponed"] == [f"127.0.0.1:{site.port}"]
    del site.pages["/robots.txt"]
    crawling.crawler = crawling.make_crawler()
    await crawling.crawl()
    assert await crawling.documents() == {"/"}


async def test_redirects_are_followed_hop_by_hop(crawling: Crawling, site: Site) -> None:
    site.file("/robots.txt", "User-agent: *\nDisallow: /private\n")
    site.page("/", "/r1", "/r2", "/out", "/in", "/loop1", "/self")
    site.redirect("/r1", "/r2", 301)
    site.redirect("/r2", "/end", 308)
    site.page("/end")
    site.redirect("/out", f"http://two.test:{site.port}/", 302)
    site.redirect("/in", "/private/x")
    site.redirect("/loop1", "/loop2")
    site.redirect("/loop2", "/loop1")
    site.redirect("/self", "/self")
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/end"}
    assert set(site.times().values()) == {1}
    assert "/private/x" not in site.times()
    assert crawling.told("/r1") == ["redirect"]
    assert crawling.reason("/out") == "elsewhere"
    (out,) = [step for step in crawling.steps if step.url == site.url("/out")]
    assert out.target == f"http://two.test:{site.port}/"
    assert crawling.told("/self") == ["failed"]


async def test_endless_redirects_end(crawling: Crawling, site: Site) -> None:
    async def on_and_on(request: web.Request) -> web.StreamResponse:
        number = int(request.path.removeprefix("/r"))
        return web.Response(status=302, headers={"Location": f"/r{number + 1}"})

    site.page("/", "/r0")
    for number in range(50):
        site.pages[f"/r{number}"] = on_and_on
    await crawling.crawl()
    assert len(site.times()) <= 13


async def test_canonical_page_is_indexed_instead(crawling: Crawling, site: Site) -> None:
    site.page("/", "/print")
    site.page("/print", head='<link rel="canonical" href="/story">')
    site.page("/story")
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/story"}
    assert crawling.told("/print") == ["canonical"]


@pytest.mark.parametrize("way", ["gone", "noindex", "back", "circle", "elsewhere"])
async def test_canonical_link_that_helps_nobody_is_passed_over(
    crawling: Crawling, site: Site, way: str
) -> None:
    target = f"http://two.test:{site.port}/a" if way == "elsewhere" else "/canon"
    site.page("/", "/page")
    site.page("/page", head=f'<link rel="canonical" href="{target}">')
    if way == "noindex":
        site.page("/canon", head='<meta name="robots" content="noindex">')
    elif way == "back":
        site.redirect("/canon", "/page")
    elif way == "circle":
        site.page("/canon", head='<link rel="canonical" href="/page">', text=words_about("/page"))
    await crawling.crawl()
    found = await crawling.documents()
    assert len(found & {"/page", "/canon"}) == 1
    assert ("/page" in found) == (way != "circle")


async def test_noindex_and_nofollow_are_kept(crawling: Crawling, site: Site) -> None:
    site.page("/", "/noindex", "/nofollow", "/header", "/link")
    site.page("/noindex", "/below-noindex", head='<meta name="robots" content="noindex">')
    site.page("/below-noindex")
    site.page("/nofollow", "/below-nofollow", head='<meta name="robots" content="nofollow">')
    site.page("/below-nofollow")
    site.page("/header", headers={"X-Robots-Tag": "noindex"})
    site.page("/link", body='<p>The harbour is open.</p><a rel="nofollow" href="/ugc">x</a>')
    site.page("/ugc")
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/below-noindex", "/nofollow", "/link"}
    assert {"/below-nofollow", "/ugc"} & set(site.times()) == set()
    assert crawling.told("/header") == ["noindex"]


async def test_same_text_under_two_urls_is_indexed_under_the_shorter(
    crawling: Crawling, site: Site
) -> None:
    text = words_about("one text")
    site.page("/", "/a-long-way-to/it", "/it", "/other/it")
    for path in ("/a-long-way-to/it", "/it", "/other/it"):
        site.page(path, text=text, title="It")
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/it"}
    states = await crawling.database.read(
        lambda c: dict(c.execute("SELECT url, target FROM frontier WHERE state = 'duplicate'"))
    )
    assert states == {
        site.url("/a-long-way-to/it"): site.url("/it"),
        site.url("/other/it"): site.url("/it"),
    }


async def test_nearly_the_same_text_under_the_same_title_is_indexed_once(
    crawling: Crawling, site: Site
) -> None:
    text = " ".join(words_about(f"long {n}") for n in range(5))
    site.page("/", "/x", "/x-print", "/y")
    site.page("/x", text=text, title="X")
    site.page("/x-print", text=text + " Printed on Monday.", title="X")
    site.page("/y", text=text.replace("harbour", "haven", 1), title="Y, which is about another")
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/x", "/y"}


async def test_broken_pages_are_counted_by_kind(crawling: Crawling, site: Site) -> None:
    site.page("/", "/404", "/403", "/500", "/zip", "/binary", "/empty")
    site.page("/403", status=403)
    site.page("/500", status=500)
    site.page("/zip", body="PK", headers={"Content-Type": "application/zip"})
    site.page("/binary", body="\0\1\2" * 500, headers={"Content-Type": "text/plain"})
    site.page("/empty", body="<html><body></body></html>")
    done = await crawling.crawl()
    assert done.problems["status_404"] == 1
    assert done.problems["status_403"] == 1
    assert done.problems["status_500"] == 1
    assert crawling.told("/zip") == ["skipped"]
    assert crawling.told("/binary")[0] == "failed"
    assert crawling.told("/500") == ["retry", "retry", "failed"]
    assert await crawling.documents() == {"/"}


async def test_busy_site_is_asked_again_when_it_said(crawling: Crawling, site: Site) -> None:
    crawling.crawler = crawling.make_crawler(pace=Pace(per_host=1))
    site.page("/", "/busy", "/other")
    site.page("/other")
    site.page("/busy")
    calm = site.pages["/busy"]

    async def busy_once(request: web.Request) -> web.StreamResponse:
        site.pages["/busy"] = calm
        return web.Response(status=429, headers={"Retry-After": "1.5"})

    site.pages["/busy"] = busy_once
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/busy", "/other"}
    first, second = [r.at_s for r in site.requests if r.path == "/busy"]
    assert second - first >= 1.5
    assert min(r.at_s for r in site.requests if r.at_s > first) >= first + 1.5


@pytest.mark.parametrize("retry_after", ["600", None])
async def test_site_that_stays_busy_is_left_alone(
    crawling: Crawling, site: Site, retry_after: str | None
) -> None:
    headers = {"Retry-After": retry_after} if retry_after else {}
    crawling.crawler = crawling.make_crawler(pace=Pace(per_host=4))
    site.page("/", *(f"/{n}" for n in range(50)))
    for n in range(50):
        site.page(f"/{n}", status=429, headers=headers)
    done = await crawling.crawl()
    assert done.waiting == 50
    assert 1 < len(site.paths()) <= 8
    (left,) = [step for step in crawling.steps if step.state == "postponed"]
    assert left.url == f"127.0.0.1:{site.port}"
    due_us = await crawling.database.read(
        lambda c: c.execute("SELECT min(due_us) FROM frontier WHERE fresh").fetchone()[0]
    )
    wait_s = due_us / 1e6 - crawling.now().timestamp()
    assert wait_s == pytest.approx(600 if retry_after else 3600, abs=30)


async def test_silent_host_does_not_stop_the_others(tmp_path: Path, site: Site) -> None:
    silent = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    site.page("/", *(f"http://127.0.0.1:{port}/{n}" for n in range(30)), *map("/{}".format, "abc"))
    for name in "abc":
        site.page(f"/{name}")
    async with Crawling.open(tmp_path, site, total_s=1.0) as crawling:
        done = await crawling.crawl(any_site=True)
        assert await crawling.documents() == {"/", "/a", "/b", "/c"}
        assert done.waiting == 30
        last = [s for s in crawling.steps if s.state == "indexed"][-1]
        postponed = next(s for s in crawling.steps if s.state == "postponed")
        assert crawling.steps.index(last) < crawling.steps.index(postponed)
    silent.set()
    server.close()
    await server.wait_closed()


async def test_calendar_without_end_ends(crawling: Crawling, site: Site) -> None:
    async def month(request: web.Request) -> web.StreamResponse:
        number = int(request.query["month"])
        html = f'<p>Month {number} of the harbour.</p><a href="?month={number + 1}">next</a>'
        return web.Response(text=html, content_type="text/html")

    site.page("/", "/calendar?month=1")
    site.pages["/calendar"] = month
    await crawling.crawl(max_pages=100)
    await crawling.crawl()
    first = len(await crawling.documents())
    assert 100 < first < 400
    await crawling.crawl(again=True)
    assert len(await crawling.documents()) == first, "a new start is no new chance"


async def test_crawl_of_the_same_seeds_waits_its_turn(
    crawling: Crawling, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hydrophone.crawl.crawler._LOCK_WAIT_S", 0.1)
    entered = asyncio.Event()
    leave = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        entered.set()
        await leave.wait()
        return web.Response(text="<p>The harbour.</p>", content_type="text/html")

    site.pages["/"] = slow
    running = asyncio.create_task(crawling.crawl())
    await entered.wait()
    with pytest.raises(CrawlBusy, match="another process"):
        await crawling.crawl()
    leave.set()
    assert (await running).indexed == 1


async def test_crawl_stands_back_while_somebody_asks(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a")
    site.page("/a")
    attention = Attention()
    crawling.crawler = crawling.make_crawler(idle=attention.idle)
    attention.begin()
    running = asyncio.create_task(crawling.crawl())
    done, _ = await asyncio.wait([running], timeout=0.3)
    assert (done, site.requests) == (set(), [])
    attention.end()
    assert (await running).indexed == 2


async def test_interrupted_crawl_goes_on(crawling: Crawling, site: Site) -> None:
    site.page("/", *(f"/{n}" for n in range(40)))
    for n in range(40):
        site.page(f"/{n}")
    enough = asyncio.Event()
    crawling.on_step = lambda: enough.set() if len(crawling.steps) >= 10 else None
    running = asyncio.create_task(crawling.crawl(delay_s=0.005))
    await enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    told = {step.url for step in crawling.steps if step.state == "indexed"}
    before = len(site.requests)
    await crawling.crawl()
    assert len(await crawling.documents()) == 41
    again = {site.url(request.path) for request in site.requests[before:]}
    assert again & told == set()


@pytest.mark.parametrize("url", ["", "ftp://example.com/", "mailto:a@example.com", "http://[x/"])
async def test_url_that_cannot_be_crawled_is_refused(crawling: Crawling, url: str) -> None:
    with pytest.raises(InvalidRequest, match="no URL that can be crawled"):
        await crawling.crawl(url)


async def test_pages_that_others_link_to_have_authority(crawling: Crawling, site: Site) -> None:
    site.page("/", *(f"/{n}" for n in range(8)))
    for n in range(8):
        site.page(f"/{n}", "/", "/0")
    await crawling.crawl()
    found = await crawling.database.read(
        lambda c: dict(c.execute("SELECT url, authority FROM documents").fetchall())
    )
    assert found[site.url("/")] == 1.0
    assert found[site.url("/0")] == 1.0
    assert 0 < found[site.url("/5")] < 0.5
