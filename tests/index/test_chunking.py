import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hydrophone.index.chunking import LEAST_WORDS, MOST_WORDS, cut_passages, embedding_text
from hydrophone.index.sentences import split_sentences
from hydrophone.types import Document, Heading


def make(text: str, *headings: Heading) -> Document:
    return Document("u", "t", text, headings)


def prose(words: int, seed: int = 1) -> str:
    dice = random.Random(seed)
    sentences = []
    while words > 0:
        length = min(words, dice.randint(5, 30))
        sentences.append("Word " + "word " * (length - 2) + "end.")
        words -= length
    return " ".join(sentences)


def test_a_short_document_is_one_passage() -> None:
    assert [(c.start, c.end) for c in cut_passages(make("  Short. Text. "))] == [(2, 14)]


def test_a_long_text_is_cut_into_even_passages_of_whole_sentences() -> None:
    text = prose(2_000)
    chunks = cut_passages(make(text))
    ends = {span.end for span in split_sentences(text)}
    sizes = [len(text[c.start : c.end].split()) for c in chunks]
    assert all(c.end in ends for c in chunks)
    assert max(sizes) <= MOST_WORDS * 1.25
    assert min(sizes) >= 100


def sections(*parts: tuple[int, str, int]) -> Document:
    """A document of sections, each (level, heading, words below it); level 0 has no heading."""
    text, headings = "", []
    for seed, (level, name, words) in enumerate(parts):
        if level:
            headings.append(Heading(level, name, len(text)))
            text += f"{name}\n\n"
        text += prose(words, seed) + "\n\n"
    return make(text, *headings)


def placed(document: Document) -> list[tuple[str, tuple[str, ...]]]:
    """Each passage's first word, and its headings."""
    chunks = cut_passages(document)
    return [(document.text[c.start : c.end].split()[0], c.headings) for c in chunks]


def test_passages_do_not_reach_over_a_firm_heading_and_carry_the_path() -> None:
    document = sections((0, "", 60), (1, "One", 60), (2, "Two", 60), (1, "Three", 60))
    assert placed(document) == [
        ("Word", ()),
        ("One", ("One",)),
        ("Two", ("One", "Two")),
        ("Three", ("Three",)),
    ]


def test_small_sections_go_together_under_the_headings_that_they_share() -> None:
    document = sections(
        (1, "One", 60), (2, "A", 10), (3, "B", 12), (2, "C", 15), (2, "D", 60), (3, "E", 90)
    )
    assert placed(document) == [
        ("One", ("One",)),
        ("A", ("One",)),
        ("D", ("One", "D")),
        ("E", ("One", "D", "E")),
    ]


def test_a_small_section_goes_with_what_it_introduces() -> None:
    document = sections((1, "One", 60), (2, "A", 60), (2, "B", 10), (3, "C", 60))
    assert placed(document) == [
        ("One", ("One",)),
        ("A", ("One", "A")),
        ("B", ("One", "B")),
    ]


def test_a_small_section_that_introduces_nothing_goes_with_the_one_before() -> None:
    document = sections((1, "One", 60), (2, "A", 60), (2, "B", 10))
    assert placed(document) == [("One", ("One",)), ("A", ("One",))]


def test_small_chapters_stay_alone() -> None:
    document = sections((0, "", 5), (1, "One", 5), (1, "Two", 5))
    assert placed(document) == [("Word", ()), ("One", ("One",)), ("Two", ("Two",))]


def test_a_small_section_beside_full_ones_stays_alone() -> None:
    document = sections((1, "One", 180), (2, "A", 175), (2, "B", 39), (2, "C", 175))
    assert ("B", ("One", "B")) in placed(document)


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.just("Name"), st.integers(5, 400)), min_size=1, max_size=12
    )
)
def test_no_two_neighbours_of_a_chapter_could_be_one(parts: list[tuple[int, str, int]]) -> None:
    document = sections(*parts)
    chunks = cut_passages(document)
    chapters = [h.start for h in document.headings if h.level == 1]
    for one, other in pairwise(chunks):
        sizes = [len(document.text[c.start : c.end].split()) for c in (one, other)]
        same = not any(one.start < start <= other.start for start in chapters)
        assert not (same and max(sizes) < LEAST_WORDS)
        assert max(sizes) <= MOST_WORDS + LEAST_WORDS + 10


def test_a_heading_without_text_goes_with_what_follows() -> None:
    text = "One\n\nTwo\n\nText."
    chunks = cut_passages(make(text, Heading(1, "One", 0), Heading(2, "Two", 5)))
    assert [(text[c.start : c.end], c.headings) for c in chunks] == [
        ("One\n\nTwo\n\nText.", ("One", "Two"))
    ]


def test_deep_headings_do_not_cut() -> None:
    text = "One.\n\nDeep\n\nText."
    assert len(cut_passages(make(text, Heading(4, "Deep", 6)))) == 1


def test_a_paragraph_ends_a_passage_where_one_is_near() -> None:
    text = f"{prose(150)}\n\n{prose(170, seed=2)}"
    first, second = cut_passages(make(text))
    assert text[first.end : second.start] == "\n\n"


def test_a_huge_sentence_is_cut_between_words() -> None:
    text = "word " * 3_000
    chunks = cut_passages(make(text))
    assert len(chunks) > 10
    assert all(set(text[c.start : c.end].split()) == {"word"} for c in chunks)


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    for text in ("x" * 20_000, "文" * 5_000):
        chunks = cut_passages(make(text))
        assert "".join(text[c.start : c.end] for c in chunks) == text
        assert max(c.end - c.start for c in chunks) < 2_000


def test_headings_outside_the_text_are_passed_over() -> None:
    assert len(cut_passages(make("Text.", Heading(1, "X", 99), Heading(1, "Y", -1)))) == 1


def test_the_embedded_text_names_its_place_once() -> None:
    assert embedding_text("Sea", ("Sea", "Songs"), "Text.") == "Sea > Songs\nText."
    assert embedding_text("", (), "Text.") == "Text."


@given(
    st.text(alphabet="ab.A \n-|文!?", max_size=3_000),
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3_000)), max_size=8),
)
def test_passages_cover_the_text_in_order(text: str, marks: list[tuple[int, int]]) -> None:
    headings = tuple(Heading(level, text[at : at + 5], at) for level, at in marks)
    chunks = cut_passages(make(text, *headings))
    edges = [edge for c in chunks for edge in (c.start, c.end)]
    assert edges == sorted(edges)
    assert "".join("".join(text[c.start : c.end] for c in chunks).split()) == "".join(text.split())
    assert all(text[c.start : c.end].strip() == text[c.start : c.end] != "" for c in chunks)
