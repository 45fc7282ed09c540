import random

import pytest

from hydrophone.index.sentences import sentence_at, split_sentences

# The sentences of each case are its parts between the bars.
CASES = [
    "One. | Two! | Three? | Four",
    "Dr. Smith met Mr. and Mrs. Jones. | They left.",
    "He lives on St. John Street near Mt. Everest. | Gen. Lee left.",
    "See Fig. 3 and Eq. (4). | It is in Sec. IV of Vol. 2, pp. 3-5, No. 7. | Done.",
    "Use a tool, e.g. Python, i.e. a language, cf. Ruby vs. Perl. | Next.",
    "The U.S. Army came. | He left the U.S. | The army stayed.",
    "At 5 p.m. he left. | She came at 6 a.m. | It rained.",
    "J. K. Rowling wrote it. | J.R.R. Tolkien did not.",
    "It was world war I. | The next one was worse.",
    "Pi is 3.14 and e is 2.718. | Version 1.2.3 is out.",
    "It costs $1,000.50 today. | It was .5 more.",
    "Go to https://example.com/a.b?c=d. | Then read www.example.org. | Stop.",
    "Mail a.b@example.com now. | Done.",
    "Wait... what is it? | Well… | No.",
    "He paused ... and went on. | Then he stopped... | She left.",
    'He said "Stop." | Then he left.',
    "“Is it so?” she asked. | “Yes!” | He nodded.",
    "(It rained.) | We left. | [So it is.] | Yes.",
    "It was built in 1889.[3] | The tower stands.[4][5] | Yes.",
    "Acme Inc. makes shoes. | Acme Corp. | The other one does not.",
    "Apples, pears, etc. are fruit. | We sell apples, etc. | They are good.",
    "Smith et al. showed it. | It was on Jan. 5 and in Feb. | We left.",
    "She has a Ph.D. in physics. | He has none.",
    "Yahoo! is a company. | What? | No!",
    "Really?! | Yes!!! | Good.",
    "これは文です。|次の文です！|「はい。」|終わり",
    "你好。|再见？|好",
    "A first line\nthat goes on. | Then more\nto read.",
    "A title without a stop\n\n | A paragraph. | Another.",
    "Things:\n | - one thing\n | - another. \n | * third\n | 1. first step\n | 2) second step",
    "1. Introduction to whales. | They sing.",
    "a | b | c",
    "Run this:|\n\tx = 1. |\n\ty = 2. |\n    z.",
    "   Space around.   | And after.  ",
    "No. | He did not. | So no. | Yes.",
    "I saw him. | And I left, i. e. went.",
    "Did he go to No. 10? | No. | He went home.",
    "Temperatures reached 40 degrees. | 12 people came. | “Quite.”",
    "It ends with a bracket (see p. 5). | Next.",
    "The file is called readme.txt. | Open it.",
    "Pass -x. | Use the .NET tools. | Fine.",
    "Élan is good. | Übermut is not. | Ça va.",
    "Gov. Brown and Sen. Green vs. Lt. Col. Gray. | It ended.",
    "Prof. | ",
    "",
    "   \n\n  ",
]


@pytest.mark.parametrize("case", CASES)
def test_sentences_are_cut_where_a_reader_would(case: str) -> None:
    if case == "a | b | c":  # a table's row is one sentence
        assert len(split_sentences(case)) == 1
        return
    parts = [part.strip() for part in case.replace(" | ", "|").split("|")]
    text = case.replace(" | ", " ").replace("|", "")
    found = [text[span.start : span.end] for span in split_sentences(text)]
    assert found == [part for part in parts if part]


def test_table_rows_are_sentences_of_their_own() -> None:
    text = "The sizes are these.\nName | Size\nA. | 1. Big\nB | 2\nThat is all. Good."
    found = [text[s.start : s.end] for s in split_sentences(text)]
    assert found == [
        "The sizes are these.",
        "Name | Size",
        "A. | 1. Big",
        "B | 2",
        "That is all.",
        "Good.",
    ]


def test_everything_but_space_belongs_to_exactly_one_sentence() -> None:
    dice = random.Random(5)
    alphabet = "ab A.!?…。 \n\t-1|()\"'[]”éDr Mr."
    for _ in range(500):
        text = "".join(dice.choices(alphabet, k=120))
        spans = split_sentences(text)
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        covered = "".join(text[s.start : s.end] for s in spans)
        assert "".join(covered.split()) == "".join(text.split())
        for span in spans:
            sentence = text[span.start : span.end]
            assert sentence
            assert sentence == sentence.strip()


def test_a_mark_belongs_to_the_sentence_that_holds_it_or_ends_before_it() -> None:
    text = "  Whales sing [1]. [2] Bats hum."
    spans = split_sentences(text)
    assert [text[span.start : span.end] for span in spans] == ["Whales sing [1].", "[2] Bats hum."]
    assert sentence_at(spans, text.index("[1]")) == spans[0]
    assert sentence_at(spans, text.index("[2]")) == spans[0]
    assert sentence_at(spans, text.index("hum")) == spans[1]
    assert sentence_at(spans, spans[0].start) == spans[0]
    assert sentence_at(spans, 0) is None
    assert sentence_at([], 0) is None


@pytest.mark.parametrize(
    "piece", [".", "a. ", "\n", " ", "A.", "| ", " | ", "- ", "(", "1.", "\n "]
)
def test_the_time_grows_with_the_length_only(piece: str) -> None:
    # Quadratic work over 400,000 characters would run into the test's time limit.
    split_sentences(piece * (400_000 // len(piece)))
