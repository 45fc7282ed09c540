"""What every implementation of the Index protocol must do. Run by a subclass for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from hydrophone.errors import DocumentError, InvalidRequest
from hydrophone.index.base import Index
from hydrophone.types import Filter, Heading, Image, ImageRef, Recency, Video, VideoRef
from tests.index.support import NOW, HashEmbedder, document, hash_vector

ALL = Filter()


async def found_urls(index: Index, query: str, k: int = 10, filter: Filter = ALL) -> list[str]:
    matches = await index.match_words(query, k, filter)
    return [p.url for p in await index.load([m.passage_id for m in matches])]


async def near_urls(index: Index, text: str, k: int = 10, filter: Filter = ALL) -> list[str]:
    matches = await index.match_vectors(hash_vector(text), k, filter)
    return [p.url for p in await index.load([m.passage_id for m in matches])]


class IndexContract:
    """Subclasses give the fixtures `index` and `embedder`; the index's clock stands at NOW."""

    async def test_words_find_what_was_put(self, index: Index) -> None:
        results = await index.put(
            [document("a", "Whales sing under water."), document("b", "Bats call in the air.")],
            collection="sounds",
        )
        assert [(r.url, r.state, r.passages) for r in results] == [
            ("https://example.com/a", "added", 1),
            ("https://example.com/b", "added", 1),
        ]
        await index.settle()
        assert await found_urls(index, "whale") == ["https://example.com/a"]

    async def test_pictures_come_in_the_order_of_the_passages(self, index: Index) -> None:
        crane = ImageRef("https://example.com/crane.png", "A yellow crane")
        harbour = ImageRef("https://example.com/harbour.png", "The harbour at night")
        await index.put(
            [
                document("a", "Whales sing.", images=(harbour, crane)),
                document("b", "Bats call.", images=(crane,)),
                document("c", "Ships wait."),
            ],
            collection="c",
        )
        await index.settle()
        (a,) = [m.passage_id for m in await index.match_words("whales", 1, ALL)]
        (b,) = [m.passage_id for m in await index.match_words("bats", 1, ALL)]
        (c,) = [m.passage_id for m in await index.match_words("ships", 1, ALL)]
        origin = "https://example.com/"
        assert await index.images([c, b, a, "999", "x"]) == [
            Image(crane.url, f"{origin}b", crane.alt),
            Image(harbour.url, f"{origin}a", harbour.alt),
        ]
        await index.put([document("a", "Whales sing.")], collection="c")
        await index.settle()
        (a,) = [m.passage_id for m in await index.match_words("whales", 1, ALL)]
        assert await index.images([a]) == []

    async def test_videos_come_in_the_order_of_the_passages_each_once(self, index: Index) -> None:
        song = VideoRef("https://video.example/song", "https://video.example/song.jpg")
        dive = VideoRef("https://video.example/dive")
        await index.put(
            [
                document("a", "Whales sing.", videos=(song, dive)),
                document("b", "Bats call.", videos=(song,)),
            ],
            collection="c",
        )
        await index.settle()
        (a,) = [m.passage_id for m in await index.match_words("whales", 1, ALL)]
        (b,) = [m.passage_id for m in await index.match_words("bats", 1, ALL)]
        assert await index.videos([b, a, "999", "x"]) == [
            Video(song.url, song.thumbnail_url),
            Video(dive.url),
        ]
        await index.put([document("a", "Whales sing.")], collection="c")
        await index.settle()
        (a,) = [m.passage_id for m in await index.match_words("whales", 1, ALL)]
        assert await index.videos([a]) == []

    async def test_link_texts_come_in_the_order_of_the_passages_each_once(
        self, index: Index
    ) -> None:
        await index.put(
            [
                document("a", "Whales sing.", link_texts=("How whales hear", "Songs of the sea")),
                document("b", "Bats call.", link_texts=("Songs of the sea",)),
                document("c", "Ships wait."),
            ],
            collection="c",
        )
        await index.settle()
        (a,) = [m.passage_id for m in await index.match_words("whales", 1, ALL)]
        (b,) = [m.passage_id for m in await index.match_words("bats", 1, ALL)]
        (c,) = [m.passage_id for m in await index.match_words("ships", 1, ALL)]
        assert await index.link_texts([c, b, a, "999", "x"]) == [
            "Songs of the sea",
            "How whales hear",
        ]
        await index.put([document("a", "Whales sing.")], collection="c")
        await index.settle()
        (a,) = [m.passage_id for m in await index.match_words("whales", 1, ALL)]
        assert await index.link_texts([a]) == []

    async def test_vectors_find_what_was_put(self, index: Index) -> None:
        await index.put(
            [document("a", "whales sing under water"), document("b", "bats call in the air")],
            collection="sounds",
        )
        await index.vectors_settled()
        assert await index.vectors_pending() == 0
        matches = await index.match_vectors(hash_vector("bats air"), 2, ALL)
        (first, _) = await index.load([m.passage_id for m in matches])
        assert first.url == "https://example.com/b"
        assert 1 >= matches[0].score > matches[1].score

    async def test_the_score_of_a_vector_is_its_cosine(self, index: Index) -> None:
        await index.put([document("a", "whales sing", title="")], collection="c")
        await index.vectors_settled()
        (match,) = await index.match_vectors(hash_vector("whales sing"), 1, ALL)
        assert match.score == pytest.approx(1, abs=2e-3)

    async def test_passages_can_be_scored_by_a_vector(self, index: Index) -> None:
        texts = ("whales sing", "bats call", "owls hoot")
        await index.put([document(t[0], t) for t in texts], collection="c")
        await index.vectors_settled()
        vector = hash_vector("whales sing")
        known = {m.passage_id: m.score for m in await index.match_vectors(vector, 9, ALL)}
        asked = [*sorted(known, reverse=True), "999999", "no id"]
        scored = await index.score_vectors(vector, asked)
        assert [(m.passage_id, m.score) for m in scored] == [(i, known[i]) for i in asked[:3]]
        assert await index.score_vectors(vector, []) == []

    async def test_a_passage_carries_what_its_document_says(self, index: Index) -> None:
        text = "Intro words.\n\nSongs\n\nWhales sing."
        whale = document(
            "a",
            text,
            title="Sea",
            headings=(Heading(1, "Songs", 14),),
            published=datetime(2024, 5, 1, tzinfo=UTC),
            modified=datetime(2025, 5, 1, tzinfo=UTC),
            language="en",
        )
        await index.put([whale], collection="c")
        await index.settle()
        (match, *_) = await index.match_words("whales", 1, ALL)
        (found,) = await index.load([match.passage_id])
        assert found.passage.text == text[found.passage.start : found.passage.end]
        assert found.passage.text == "Songs\n\nWhales sing."
        assert found.passage.headings == ("Songs",)
        assert found.passage.id == match.passage_id
        assert (found.url, found.title, found.collection) == (whale.url, "Sea", "c")
        assert (found.published, found.modified) == (whale.published, whale.modified)
        assert found.language == "en"
        assert await index.text(found.passage.version) == text

    async def test_putting_the_same_again_changes_nothing(
        self, index: Index, embedder: HashEmbedder
    ) -> None:
        await index.put([document("a", "Whales sing.")], collection="c")
        await index.vectors_settled()
        before = await index.documents()
        results = await index.put([document("a", "Whales sing.")], collection="c")
        await index.vectors_settled()
        assert [r.state for r in results] == ["unchanged"]
        assert await index.documents() == before
        assert len(embedder.texts) == 1

    async def test_an_update_replaces_what_was_there(self, index: Index) -> None:
        await index.put([document("a", "Whales sing.")], collection="c")
        (result,) = await index.put([document("a", "Bats call.")], collection="c")
        assert result.state == "updated"
        await index.settle()
        await index.vectors_settled()
        assert await found_urls(index, "whales") == []
        assert await found_urls(index, "bats") == ["https://example.com/a"]
        assert len(await index.match_vectors(hash_vector("whales sing"), 10, ALL)) == 1
        assert len(await index.documents()) == 1

    async def test_an_update_embeds_only_what_changed(
        self, index: Index, embedder: HashEmbedder
    ) -> None:
        headings = (Heading(1, "One", 0), Heading(1, "Two", 20))
        await index.put(
            [document("a", "One\n\nWhales sing. \n\nTwo\n\nBats.", headings=headings)],
            collection="c",
        )
        await index.vectors_settled()
        assert len(embedder.texts) == 2
        await index.put(
            [document("a", "One\n\nWhales sing. \n\nTwo\n\nBirds.", headings=headings)],
            collection="c",
        )
        await index.vectors_settled()
        assert len(embedder.texts) == 3
        assert "Birds" in embedder.texts[-1]

    async def test_equal_passages_share_a_vector_and_are_all_found(
        self, index: Index, embedder: HashEmbedder
    ) -> None:
        same = [document(f"d{i}", "Whales sing.", title="Sea") for i in range(5)]
        await index.put(same, collection="c")
        await index.vectors_settled()
        assert len(embedder.texts) == 1
        assert sorted(await near_urls(index, "whales")) == [d.url for d in same]
        await index.delete(url_prefix=same[0].url)
        assert sorted(await near_urls(index, "whales")) == [d.url for d in same[1:]]

    async def test_a_document_twice_in_one_batch_ends_as_the_second(self, index: Index) -> None:
        await index.put([document("a", "Whales sing.")], collection="c")
        results = await index.put(
            [document("a", "Bats call."), document("a", "Whales sing.")], collection="c"
        )
        assert [r.state for r in results] == ["updated", "updated"]
        await index.settle()
        assert await found_urls(index, "bats whales") == ["https://example.com/a"]

    async def test_a_cited_version_outlives_changes_for_its_time(self, index: Index) -> None:
        from hydrophone.index.versions import name_version

        cited, passed = name_version("cited"), name_version("passed")
        await index.put([document("a", "cited")], collection="c")
        await index.keep_versions([cited, "0" * 64], NOW + timedelta(days=30))
        await index.put([document("a", "passed")], collection="c")
        await index.keep_versions([passed], NOW - timedelta(seconds=1))
        for number in range(5):
            await index.put([document("a", f"text {number}")], collection="c")
        assert await index.text(cited) == "cited"
        assert await index.text(passed) is None
        page = await index.page(cited)
        assert page is not None
        assert (page.url, page.text, page.read_at) == ("https://example.com/a", "cited", NOW)
        assert await index.page(passed) is None

    async def test_a_cited_version_that_comes_back_stays_cited(self, index: Index) -> None:
        from hydrophone.index.versions import name_version

        await index.put([document("a", "cited")], collection="c")
        await index.keep_versions([name_version("cited")], NOW + timedelta(days=30))
        for text in ("other", "cited", "one", "two", "three"):
            await index.put([document("a", text)], collection="c")
        assert await index.text(name_version("cited")) == "cited"

    async def test_a_deleted_document_takes_its_cited_versions_along(self, index: Index) -> None:
        from hydrophone.index.versions import name_version

        await index.put([document("a", "cited")], collection="c")
        await index.keep_versions([name_version("cited")], NOW + timedelta(days=30))
        await index.delete(collection="c")
        assert await index.page(name_version("cited")) is None

    async def test_the_last_two_versions_before_the_current_are_kept(self, index: Index) -> None:
        names = []
        for number in range(5):
            await index.put([document("a", f"Version number {number}.")], collection="c")
            (info,) = await index.documents()
            names.append(info.version)
        kept = [await index.text(name) for name in names]
        assert kept == [None, None] + [f"Version number {n}." for n in (2, 3, 4)]

    async def test_a_text_that_returns_is_the_newest_again(self, index: Index) -> None:
        for text in ("one", "two", "one", "three", "four"):
            await index.put([document("a", text)], collection="c")
        (info,) = await index.documents()
        assert await index.text(info.version) == "four"
        from hydrophone.index.versions import name_version

        assert await index.text(name_version("one")) == "one"
        assert await index.text(name_version("two")) is None

    async def test_deletes_delete(self, index: Index) -> None:
        await index.put([document("a", "Whales sing."), document("b", "Bats.")], collection="c")
        await index.put([document("a", "Whales again.")], collection="other")
        await index.settle()
        await index.vectors_settled()
        (info, *_) = await index.documents(collection="c")
        assert await index.delete(collection="c", url_prefix="https://example.com/a") == 1
        assert await index.text(info.version) is None
        assert len(await found_urls(index, "whales")) == 1
        assert await index.delete(collection="other") == 1
        assert await found_urls(index, "whales") == []
        assert await near_urls(index, "whales") == ["https://example.com/b"]
        assert [c.name for c in await index.collections()] == ["c"]
        assert await index.delete(collection="other") == 0

    async def test_a_deletion_needs_a_condition(self, index: Index) -> None:
        with pytest.raises(InvalidRequest):
            await index.delete()
        with pytest.raises(InvalidRequest):
            await index.delete(collection="", url_prefix="")

    async def test_ids_are_never_used_again(self, index: Index) -> None:
        await index.put([document("a", "Whales sing.")], collection="c")
        await index.settle()
        (old,) = await index.match_words("whales", 1, ALL)
        await index.delete(collection="c")
        await index.put([document("b", "Whales sing.")], collection="c")
        await index.settle()
        (new,) = await index.match_words("whales", 1, ALL)
        assert new.passage_id != old.passage_id
        assert await index.load([old.passage_id]) == []

    async def test_loading_keeps_the_order_and_leaves_out_the_unknown(self, index: Index) -> None:
        await index.put([document(n, f"Whales {n}.") for n in "ab"], collection="c")
        await index.settle()
        ids = [m.passage_id for m in await index.match_words("whales", 5, ALL)]
        wanted = [ids[1], "999999", "no number", ids[0]]
        assert [p.passage.id for p in await index.load(wanted)] == [ids[1], ids[0]]

    async def test_equal_scores_come_in_the_order_of_ids(self, index: Index) -> None:
        await index.put(
            [document(f"d{i}", "Whales sing.", title="Sea") for i in range(150)], collection="c"
        )
        await index.settle()
        await index.vectors_settled()
        by_words = [int(m.passage_id) for m in await index.match_words("sing", 20, ALL)]
        by_vector = [
            int(m.passage_id) for m in await index.match_vectors(hash_vector("sing"), 20, ALL)
        ]
        lowest = sorted(by_words)
        assert by_words == lowest == by_vector
        assert lowest[-1] - lowest[0] == 19

    @pytest.mark.parametrize(
        "query", ['"whales', "whales AND (", "title:whales^", "+whales -", "whales\\", "[whales TO"]
    )
    async def test_punctuation_in_a_query_has_no_meaning(self, index: Index, query: str) -> None:
        await index.put([document("a", "Whales sing.")], collection="c")
        await index.settle()
        assert await found_urls(index, query) == ["https://example.com/a"]

    @pytest.mark.parametrize("query", ["", "   ", "?!", "💥"])
    async def test_a_query_without_words_finds_nothing(self, index: Index, query: str) -> None:
        await index.put([document("a", "Whales sing 💥.")], collection="c")
        await index.settle()
        assert await index.match_words(query, 5, ALL) == []

    async def test_a_very_long_query_still_finds(self, index: Index) -> None:
        await index.put([document("a", "Whales sing.")], collection="c")
        await index.settle()
        query = " ".join(f"word{i}" for i in range(5_000)) + " whales"
        assert await found_urls(index, query) == ["https://example.com/a"]

    async def test_an_empty_index_finds_nothing(self, index: Index) -> None:
        assert await index.match_words("whales", 5, ALL) == []
        assert await index.match_vectors(hash_vector("whales"), 5, ALL) == []
        assert await index.collections() == []
        assert await index.documents() == []
        await index.settle()
        await index.vectors_settled()

    async def test_unspaced_scripts_are_found_by_parts(self, index: Index) -> None:
        await index.put([document("a", "東京都に住んでいます。", title="")], collection="c")
        await index.settle()
        assert await found_urls(index, "東京") == ["https://example.com/a"]
        assert await found_urls(index, "大阪") == []

    async def test_accents_and_case_do_not_matter(self, index: Index) -> None:
        await index.put([document("a", "Café NAÏVE")], collection="c")
        await index.settle()
        assert await found_urls(index, "cafe") == ["https://example.com/a"]
        assert await found_urls(index, "naive CAFÉ") == ["https://example.com/a"]

    async def test_titles_and_headings_are_found(self, index: Index) -> None:
        await index.put(
            [document("a", "Song\n\nBody.", title="Ocean", headings=(Heading(2, "Song", 0),))],
            collection="c",
        )
        await index.settle()
        assert await found_urls(index, "ocean") == ["https://example.com/a"]
        [found] = await index.match_words("ocean", 1, Filter())
        [loaded] = await index.load([found.passage_id])
        assert loaded.passage.heading_starts == (0,)

    async def test_collections_tell_what_they_hold(self, index: Index) -> None:
        await index.put([document("a", "Whales."), document("b", "Bats!")], collection="z")
        await index.put([document("a", "Birds")], collection="y")
        await index.vectors_settled()
        infos = await index.collections()
        assert [(c.name, c.documents, c.passages, c.size_chars) for c in infos] == [
            ("y", 1, 1, 5),
            ("z", 2, 2, 12),
        ]
        assert [c.vectors_pending for c in infos] == [0, 0]
        assert infos[0].updated == NOW

    async def test_documents_are_listed_by_prefix_and_limit(self, index: Index) -> None:
        await index.put([document(n, "Text.") for n in ("ab", "aa", "b")], collection="c")
        infos = await index.documents(url_prefix="https://example.com/a", limit=5)
        assert [i.url[-2:] for i in infos] == ["aa", "ab"]
        assert len(await index.documents(limit=1)) == 1
        assert infos[0].added == infos[0].updated == NOW

    async def test_documents_are_listed_from_where_a_list_ended(self, index: Index) -> None:
        for collection in ("c", "d"):
            await index.put([document(n, "Text.") for n in ("b", "é", "a")], collection=collection)
        whole = [(i.collection, i.url) for i in await index.documents()]
        assert whole == sorted(whole)
        listed: list[tuple[str, str]] = []
        while found := await index.documents(limit=2, after=listed[-1] if listed else None):
            listed += [(i.collection, i.url) for i in found]
        assert listed == whole
        assert await index.documents(collection="c", after=("c", "é")) == []

    async def test_a_query_vector_of_another_size_is_refused(self, index: Index) -> None:
        with pytest.raises(InvalidRequest):
            await index.match_vectors(hash_vector("a")[:10], 5, ALL)

    async def test_text_that_is_not_unicode_is_refused(self, index: Index) -> None:
        with pytest.raises(DocumentError):
            await index.put([document("a", "fine"), document("b", "\ud800")], collection="c")
        assert await index.documents() == []

    async def test_an_empty_document_has_no_passages(self, index: Index) -> None:
        (result,) = await index.put([document("a", "  \n ")], collection="c")
        assert (result.state, result.passages) == ("added", 0)
        await index.settle()

    async def test_close_may_be_called_twice(self, index: Index) -> None:
        await index.close()
        await index.close()


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FILTER_DOCUMENTS = [
    document("gov", "Whales.", url="https://www.epa.gov/docs/a", language="en"),
    document("com", "Whales.", url="https://example.com/docs/a", language="en-US"),
    document("sub", "Whales.", url="https://api.Example.com:8080/docsy", language="de"),
    document("not", "Whales.", url="https://notexample.com/docs"),
    document("file", "Whales.", url="file:///docs/a.txt", language="EN"),
    document("old", "Whales.", url="https://t.org/old", published=day("2025-11-20T00:00")),
    document("day", "Whales.", url="https://t.org/day", published=day("2026-11-21T13:00")),
    document("hour", "Whales.", url="https://t.org/hour", published=NOW - timedelta(minutes=30)),
    document("mod", "Whales.", url="https://t.org/mod", modified=day("2026-03-05T23:59:59")),
    document("idn", "Whales.", url="https://bücher.example/x"),
]

FILTER_CASES: list[tuple[Filter, set[str]]] = [
    (Filter(domains_allow=("example.com",)), {"Com", "Sub"}),
    (Filter(domains_allow=("EXAMPLE.com.",)), {"Com", "Sub"}),
    (Filter(domains_allow=("https://example.com/docs",)), {"Com"}),
    (Filter(domains_allow=("example.com/docs/",)), {"Com"}),
    (Filter(domains_allow=("example.com/do",)), set()),
    (Filter(domains_allow=(".gov",)), {"Gov"}),
    (Filter(domains_allow=("gov", "notexample.com")), {"Gov", "Not"}),
    (Filter(domains_allow=("bücher.example",)), {"Idn"}),
    (Filter(domains_allow=("xn--bcher-kva.example",)), {"Idn"}),
    (
        Filter(domains_deny=("example.com", "t.org", ".gov")),
        {"Not", "File", "Idn"},
    ),
    (Filter(domains_allow=("example.com",), domains_deny=("api.example.com",)), {"Com"}),
    (Filter(url_prefix="https://example.com/d"), {"Com"}),
    (Filter(url_prefix="https://EXAMPLE.com"), set()),
    (Filter(languages=("en",)), {"Gov", "Com", "File"}),
    (Filter(languages=("EN-us", "de")), {"Com", "Sub"}),
    (Filter(recency="hour"), {"Hour"}),
    (Filter(recency="day"), {"Hour", "Day"}),
    (Filter(recency="year"), {"Hour", "Day"}),
    (Filter(published_after=date(2026, 11, 21)), {"Hour", "Day"}),
    (Filter(published_before=date(2026, 11, 21)), {"Old", "Day"}),
    (Filter(published_before=date(2026, 11, 20)), {"Old"}),
    (Filter(published_after=day("2026-11-21T13:00")), {"Hour", "Day"}),
    (Filter(published_after=day("2026-11-21T13:00:01")), {"Hour"}),
    (Filter(published_before=day("2026-11-21T13:00")), {"Old", "Day"}),
    (Filter(published_before=datetime(2026, 11, 21, 12, 59)), {"Old"}),
    (Filter(modified_before=date(2026, 3, 5)), {"Mod"}),
    (Filter(modified_after=date(2026, 3, 6)), set()),
    (Filter(recency="year", published_before=date(2026, 11, 21)), {"Day"}),
    (Filter(collections=("nowhere",)), set()),
    (Filter(collections=("nowhere", "c")), {d.title for d in FILTER_DOCUMENTS}),
]


WINDOWS: dict[Recency, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(hours=24),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
ZERO, MOMENT = timedelta(0), timedelta(microseconds=1)


def within(moment: datetime, age: timedelta) -> bool:
    return NOW - moment <= age


class FilterContract:
    """Which documents a filter lets through, for words and for vectors."""

    async def test_filters_let_through_exactly_what_they_say(self, index: Index) -> None:
        await index.put(FILTER_DOCUMENTS, collection="c")
        await index.settle()
        await index.vectors_settled()
        for filter, titles in FILTER_CASES:
            words = await index.match_words("whales", 50, filter)
            vectors = await index.match_vectors(hash_vector("whales"), 50, filter)
            for matches in (words, vectors):
                passages = await index.load([m.passage_id for m in matches])
                assert {p.title for p in passages} == titles, filter
                assert len(passages) == len(titles)

    async def test_windows_and_days_end_where_they_say(self, index: Index) -> None:
        moments = [NOW - age - late for age in WINDOWS.values() for late in (ZERO, MOMENT)]
        moments += [day("2026-03-05T00:00"), day("2026-03-06T00:00"), NOW]
        moments += [moment - MOMENT for moment in moments]
        pages = [
            document(f"d{number}", "Whales.", published=moment, modified=moment)
            for number, moment in enumerate(moments)
        ]
        await index.put([*pages, document("undated", "Whales.")], collection="c")
        await index.settle()
        start, end = day("2026-03-05T00:00"), day("2026-03-06T00:00")
        cases: list[tuple[Filter, Callable[[datetime], bool]]] = [
            *((Filter(recency=w), partial(within, age=age)) for w, age in WINDOWS.items()),
            (Filter(published_after=date(2026, 3, 5)), lambda m: m >= start),
            (Filter(published_before=date(2026, 3, 5)), lambda m: m < end),
            (Filter(modified_after=start), lambda m: m >= start),
            (Filter(modified_before=start), lambda m: m <= start),
        ]
        for filter, allowed in cases:
            titles = {p.title for p in pages if p.published is not None and allowed(p.published)}
            matches = await index.match_words("whales", 99, filter)
            found = await index.load([m.passage_id for m in matches])
            assert {p.title for p in found} == titles, filter

    @pytest.mark.parametrize("entry", ["", "   ", "https://", "a b.com", "/docs"])
    async def test_an_entry_that_is_no_domain_is_refused(self, index: Index, entry: str) -> None:
        with pytest.raises(InvalidRequest):
            await index.match_words("whales", 5, Filter(domains_allow=(entry,)))
        with pytest.raises(InvalidRequest):
            await index.match_vectors(hash_vector("whales"), 5, Filter(domains_deny=(entry,)))
