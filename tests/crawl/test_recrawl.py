"""Coming again: what has changed, what is gone, what the site says of itself, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hydrophone.crawl.crawler import forget, read_freshness
from hydrophone.storage.index_db_documents import delete_some
from hydrophone.storage.index_db_filter import to_us
from tests.crawl.crawling import COLLECTION, Crawling
from tests.crawl.site import Site, words_about


async def due_in_h(crawling: Crawling, path: str) -> float | None:
    """Hours until a page is due."""
    due_us = await crawling.database.read(
        lambda c: c.execute(
            "SELECT due_us FROM frontier WHERE url = ?", (crawling.site.url(path),)
        ).fetchone()[0]
    )
    return None if due_us is None else (due_us - to_us(crawling.now())) / 3.6e9


async def test_nothing_is_fetched_before_it_is_due(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a")
    site.page("/a")
    await crawling.crawl()
    before = len(site.requests)
    done = await crawling.crawl()
    assert (done.fetched, done.unchanged) == (0, 0)
    assert await crawling.recrawl(hours=20) == 0
    assert len(site.requests) == before


async def test_page_that_says_it_is_unchanged_is_not_read_again(
    crawling: Crawling, site: Site
) -> None:
    site.page("/", headers={"ETag": '"1"', "Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"})
    await crawling.crawl()
    assert await crawling.recrawl(hours=25) == 1
    asked = [r for r in site.requests if r.path == "/"][-1]
    assert asked.headers["If-None-Match"] == '"1"'
    assert asked.headers["If-Modified-Since"] == "Mon, 02 Nov 2026 10:00:00 GMT"
    assert crawling.told("/") == ["unchanged"]
    assert crawling.steps[-1].fetched == 0
    assert await due_in_h(crawling, "/") == pytest.approx(36, abs=0.1)
    assert await crawling.documents() == {"/"}


async def test_interval_shrinks_with_a_change_and_grows_without(
    crawling: Crawling, site: Site
) -> None:
    site.page("/")
    await crawling.crawl()
    assert await due_in_h(crawling, "/") == pytest.approx(24, abs=0.1)
    site.page("/", text=words_about("news"))
    await crawling.recrawl(hours=25)
    assert crawling.told("/") == ["indexed"]
    assert await due_in_h(crawling, "/") == pytest.approx(12, abs=0.1)
    for hours in (18, 27):
        await crawling.recrawl(hours=hours)
        assert await due_in_h(crawling, "/") == pytest.approx(hours, abs=0.1)


async def test_page_that_is_gone_takes_its_document_with_it(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a", "/b")
    site.page("/a")
    site.page("/b")
    await crawling.crawl()
    del site.pages["/a"]
    site.page("/b", status=410)
    await crawling.recrawl(hours=25)
    assert await crawling.documents() == {"/"}
    assert crawling.steps[-1].deleted == 2


async def test_page_that_fails_keeps_its_document(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a")
    site.page("/a")
    await crawling.crawl()
    site.page("/a", status=500)
    await crawling.recrawl(hours=25)
    assert crawling.told("/a") == ["retry"]
    assert await crawling.documents() == {"/", "/a"}
    site.page("/a", text=words_about("better"))
    await crawling.recrawl(minutes=5)
    assert crawling.told("/a") == ["indexed"]


@pytest.mark.parametrize("now", ["noindex", "robots", "redirect", "canonical"])
async def test_page_that_wants_out_is_taken_out(crawling: Crawling, site: Site, now: str) -> None:
    site.page("/", "/a", "/b")
    site.page("/a")
    site.page("/b")
    await crawling.crawl()
    if now == "robots":
        site.file("/robots.txt", "User-agent: *\nDisallow: /a\n")
    elif now == "redirect":
        site.redirect("/a", "/b")
    elif now == "canonical":
        site.page("/a", head='<link rel="canonical" href="/b">')
    else:
        site.page("/a", head='<meta name="robots" content="noindex">')
    await crawling.recrawl(hours=25)
    assert await crawling.documents() == {"/", "/b"}


async def test_duplicate_takes_the_place_of_a_page_that_is_gone(
    crawling: Crawling, site: Site
) -> None:
    text = words_about("one text")
    site.page("/", "/it", "/long/it")
    site.page("/it", text=text, title="It", headers={"ETag": '"1"'})
    site.page("/long/it", text=text, title="It", headers={"ETag": '"1"'})
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/it"}
    del site.pages["/it"]
    await crawling.recrawl(hours=25)
    assert await crawling.documents() == {"/", "/long/it"}


async def test_new_links_of_a_changed_page_are_followed(crawling: Crawling, site: Site) -> None:
    site.page("/")
    await crawling.crawl()
    site.page("/", "/new", text=words_about("with a link"))
    site.page("/new")
    await crawling.recrawl(hours=25)
    assert await crawling.documents() == {"/", "/new"}


async def test_page_limit_holds_when_coming_again(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a", "/b", "/c")
    for path in ("/a", "/b", "/c"):
        site.page(path)
    await crawling.crawl(max_pages=2)
    first = await crawling.documents()
    await crawling.recrawl(hours=25)
    assert await crawling.documents() == first
    assert len([s for s in crawling.steps if s.state == "unchanged"]) == 2


async def test_sitemap_says_what_has_changed_and_how_often(crawling: Crawling, site: Site) -> None:
    def list_pages(modified: str) -> None:
        entries = "".join(
            f"<url><loc>{site.url(path)}</loc><lastmod>{date}</lastmod>"
            f"<changefreq>{often}</changefreq></url>"
            for path, date, often in (
                ("/a", modified, "monthly"),
                ("/b", "2020-01-01T00:00:00Z", "weekly"),
            )
        )
        site.file("/sitemap.xml", f"<urlset>{entries}</urlset>", "application/xml")

    site.page("/")
    site.page("/a")
    site.page("/b")
    list_pages("2020-01-01T00:00:00Z")
    await crawling.crawl()
    assert await due_in_h(crawling, "/a") == pytest.approx(30 * 24, abs=0.1)
    assert await due_in_h(crawling, "/b") == pytest.approx(7 * 24, abs=0.1)
    list_pages((crawling.now() + timedelta(hours=20)).isoformat())
    before = site.times()
    await crawling.recrawl(hours=25)
    assert site.times()["/a"] == before["/a"] + 1
    assert site.times()["/b"] == before["/b"]


async def test_never_means_never(crawling: Crawling, site: Site) -> None:
    site.page("/", "/404")
    await crawling.crawl(every_s=None)
    assert await crawling.recrawl(days=400) == 0


async def test_again_looks_at_everything_now(crawling: Crawling, site: Site) -> None:
    site.page("/", "/a")
    site.page("/a")
    await crawling.crawl()
    done = await crawling.crawl(again=True)
    assert done.unchanged == 2


async def test_unfinished_crawl_is_left_to_its_owner(crawling: Crawling, site: Site) -> None:
    site.page("/")
    await crawling.crawl()
    await crawling.database.write(lambda c: c.execute("UPDATE crawls SET finished = 0"))
    assert await crawling.recrawl(days=2) == 0


async def test_document_that_was_lost_is_fetched_whole(crawling: Crawling, site: Site) -> None:
    site.page("/", headers={"ETag": '"1"'})
    await crawling.crawl()
    await crawling.database.write(lambda c: delete_some(c, COLLECTION, None, 10))
    await crawling.recrawl(hours=25)
    assert await crawling.documents() == {"/"}


async def test_what_a_user_deletes_does_not_come_back(crawling: Crawling, site: Site) -> None:
    site.page("/", "/old/a", "/b")
    site.page("/old/a")
    site.page("/b", "/old/a")
    await crawling.crawl()
    prefix = site.url("/old/")
    await crawling.database.write(lambda c: delete_some(c, COLLECTION, prefix, 10))
    await forget(crawling.database, COLLECTION, prefix)
    await crawling.crawl(again=True)
    assert await crawling.documents() == {"/", "/b"}
    await crawling.database.write(lambda c: delete_some(c, COLLECTION, None, 10))
    await forget(crawling.database, COLLECTION, None)
    assert await crawling.recrawl(days=40) == 0
    assert await crawling.documents() == set()


async def test_deleted_seed_that_is_asked_for_brings_all_back(
    crawling: Crawling, site: Site
) -> None:
    site.page("/", "/a")
    site.page("/a")
    await crawling.crawl()
    await crawling.database.write(lambda c: delete_some(c, COLLECTION, site.root, 10))
    await forget(crawling.database, COLLECTION, site.root)
    assert await crawling.recrawl(days=40) == 0
    await crawling.crawl()
    assert await crawling.documents() == {"/", "/a"}


async def test_freshness_says_when_pages_were_fetched_and_are_due(
    crawling: Crawling, site: Site
) -> None:
    site.page("/", "/a", "/404")
    site.page("/a")
    await crawling.crawl()
    (fresh,) = await read_freshness(crawling.database)
    assert (fresh.collection, fresh.crawls, fresh.unfinished) == (COLLECTION, 1, 0)
    assert (fresh.pages, fresh.waiting) == (2, 0)
    assert fresh.oldest_us is not None
    assert fresh.newest_us is not None
    assert fresh.next_due_us is not None
    assert fresh.oldest_us <= fresh.newest_us < fresh.next_due_us
