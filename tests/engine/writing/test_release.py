"""Checked release: what each way of checking makes of an answer, in any pieces or whole."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.engine.writing.answer import WrittenAnswer
from hydrophone.engine.writing.mending import Action
from hydrophone.engine.writing.release import AT_ONCE, Checking
from hydrophone.errors import StorageError, UpstreamError
from hydrophone.llm.base import ModelDelta
from hydrophone.llm.markers import cited
from hydrophone.types import Citation, Source, Text
from tests.engine.material import Written, source, version_text
from tests.engine.writing.judging import ByWords

SEA = source(1, "Whales live in every ocean. Blue whales sing below forty hertz.")
LAND = source(2, "Elephants live on the land. Elephants hum below twenty hertz.")
AIR = source(3, "Bats squeak above twenty kilohertz. Some bats eat fruit.")
SOURCES = (SEA, LAND, AIR)
FOREVER = 3600.0


async def write(
    pieces: Sequence[str],
    action: Action = "recite",
    *,
    checker: ByWords | None = None,
    trails: bool = False,
    sources: Sequence[Source] = SOURCES,
    deadline_s: float = 3.0,
    stop: Sequence[str] = (),
) -> Written:
    written = Written()
    checking = Checking(checker or ByWords(), action, trails=trails, deadline_s=deadline_s)
    answer = WrittenAnswer(sources, plain=False, checking=checking, stop=stop)

    async def read() -> None:
        for piece in pieces:
            await answer.take(ModelDelta(text=piece), written.emit)

    answer.begin()
    await answer.during(read, written.emit)
    await answer.finish(written.emit)
    assert written.text == answer.text
    return written


def told(written: Written) -> list[tuple[int, str, str]]:
    return [(one.n, one.verdict, one.origin) for one in written.citations]


def spanned(written: Written, citation: Citation) -> str:
    assert citation.answer_span is not None
    return written.text[citation.answer_span.start : citation.answer_span.end]


async def test_a_supported_citation_stays_and_says_so() -> None:
    written = await write(["Blue whales sing below forty hertz [1]. Elephants hum [2]."])
    assert written.text == "Blue whales sing below forty hertz [1]. Elephants hum [2]."
    assert told(written) == [(1, "supported", "writer"), (2, "supported", "writer")]
    first, second = written.citations
    assert first.quote == "Blue whales sing below forty hertz."
    assert first.score == 1.0
    assert spanned(written, first) == "Blue whales sing below forty hertz [1]."
    assert spanned(written, second) == "Elephants hum [2]."
    assert written.notices == []


async def test_a_false_citation_is_moved_to_a_source_that_supports_the_sentence() -> None:
    written = await write(["Elephants hum below twenty hertz [1]."])
    assert written.text == "Elephants hum below twenty hertz [2]."
    assert told(written) == [(2, "supported", "moved")]


async def test_a_citation_too_many_goes() -> None:
    written = await write(["Elephants hum [1][2][3]. Bats squeak [3] [1]."])
    assert written.text == "Elephants hum [2]. Bats squeak [3]."
    assert told(written) == [(2, "supported", "writer"), (3, "supported", "writer")]


async def test_several_false_citations_become_the_one_that_is_right() -> None:
    written = await write(["Elephants hum [1, 3]."])
    assert written.text == "Elephants hum [2]."


async def test_what_nothing_supports_is_flagged_and_counted() -> None:
    written = await write(["Whales knit jumpers [1][2]. Elephants hum [2]."])
    assert written.text == "Whales knit jumpers [1][2]. Elephants hum [2]."
    assert told(written) == [
        (1, "unsupported", "writer"),
        (2, "unsupported", "writer"),
        (2, "supported", "writer"),
    ]
    assert written.notices == ["unsupported"]


async def test_a_sentence_without_a_citation_gets_one_where_a_source_supports_it() -> None:
    written = await write(["Bats squeak above twenty kilohertz. They are nice. Do they hum?"])
    assert written.text == "Bats squeak above twenty kilohertz. [3] They are nice. Do they hum?"
    assert told(written) == [(3, "supported", "added")]


async def test_what_is_added_stands_where_readers_look_for_it() -> None:
    said = "Bats squeak above twenty kilohertz."
    text = f"| who | what |\n| Elephants | hum below twenty hertz |\n\n- **{said}**\n- `{said}\n"
    written = await write([text])
    assert written.text == (
        "| who | what |\n| Elephants | hum below twenty hertz [2] |\n\n"
        f"- **{said}** [3]\n- `{said}\n"
    )


async def test_a_sentence_that_says_little_gets_no_citation() -> None:
    written = await write(["Bats squeak. Elephants hum. Elephants hum [2]."])
    assert written.text == "Bats squeak. Elephants hum. Elephants hum [2]."


async def test_each_clause_is_judged_by_its_own_citation() -> None:
    text = "Blue whales sing below forty hertz [1], and elephants hum below twenty hertz [2]."
    written = await write([text])
    assert written.text == text
    assert told(written) == [(1, "supported", "writer"), (2, "supported", "writer")]


async def test_flag_changes_nothing() -> None:
    text = "Elephants hum [1]. Bats squeak. Whales knit jumpers [3]."
    written = await write([text], "flag")
    assert written.text == text
    assert told(written) == [(1, "unsupported", "writer"), (3, "unsupported", "writer")]
    assert written.notices == ["unsupported"]


async def test_remove_leaves_out_what_nothing_supports() -> None:
    text = "Whales knit jumpers [1]. Elephants hum [1]. Whales knit socks [2].\n\nBats squeak [3]."
    written = await write([text], "remove")
    assert written.text == "Elephants hum [2].\n\nBats squeak [3]."
    assert [spanned(written, one) for one in written.citations] == [
        "Elephants hum [2].",
        "Bats squeak [3].",
    ]
    assert written.notices == ["unsupported"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A list:\n\n- Fish knit [1].\n- Bats squeak [3].", "A list:\n\n- Bats squeak [3]."),
        ("- Fish knit [1]. Bats squeak [3].\n- x", "- Bats squeak [3].\n- x"),
        ("1. Bats squeak [3].\n2. Fish knit [1].\n\nEnd.", "1. Bats squeak [3].\n\nEnd."),
        ("Bats squeak [3].\n\nFish knit [1]. Elephants hum [2].",
         "Bats squeak [3].\n\nElephants hum [2]."),
        ("Fish knit [1].", ""),
    ],
)  # fmt: skip
async def test_what_is_left_of_a_text_is_still_set_as_it_was(text: str, shown: str) -> None:
    assert (await write([text], "remove")).text == shown


async def test_trail_lets_the_text_go_at_once_and_only_flags() -> None:
    pieces = ["Elephants ", "hum [1]", ". Bats", " squeak [9]", "."]
    written = await write(pieces, "remove", trails=True)
    assert written.text == "Elephants hum [1]. Bats squeak."
    deltas = [event.delta for event in written.events if isinstance(event, Text)]
    assert deltas == ["Elephants", " hum [1]", ". Bats", " squeak", "."]
    assert told(written) == [(1, "unsupported", "writer")]
    assert spanned(written, written.citations[0]) == "Elephants hum [1]."


async def test_citations_come_right_behind_their_sentence() -> None:
    written = await write(["Elephants hum [2]. Bats squeak [3]. And so on."])
    kinds = [type(event) for event in written.events]
    assert kinds == [Text, Citation, Text, Citation, Text]


async def test_a_late_check_lets_its_sentence_go_unchecked_and_says_so() -> None:
    checker = ByWords(delay_s=FOREVER)
    written = await write(["Elephants hum [1]. Bats squeak."], checker=checker, deadline_s=0.01)
    assert written.text == "Elephants hum [1]. Bats squeak."
    assert told(written) == [(1, "exists", "writer")]
    assert written.notices == ["late_stage"]
    assert checker.left == 2


async def test_a_check_that_fails_costs_the_answer_no_more_than_its_check() -> None:
    written = await write(["Elephants hum [1]."], checker=ByWords(error=StorageError("gone")))
    assert written.text == "Elephants hum [1]."
    assert told(written) == [(1, "exists", "writer")]
    assert written.notices == ["late_stage"]


async def test_a_defect_in_the_check_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await write(["Elephants hum [1]. " * 20], checker=ByWords(error=ZeroDivisionError()))


async def test_checks_run_beside_each_other_but_only_so_many() -> None:
    checker = ByWords(delay_s=0.002)
    written = await write([f"Elephants hum {n} [2]. " for n in range(30)], checker=checker)
    assert 1 < checker.most_running <= AT_ONCE + 2
    numbers = [spanned(written, one).split()[2] for one in written.citations]
    assert numbers == [str(n) for n in range(30)]


async def test_the_first_sentence_does_not_wait_for_the_second() -> None:
    written, came = Written(), asyncio.Event()
    answer = WrittenAnswer(SOURCES, plain=False, checking=Checking(ByWords()))

    async def read() -> None:
        await answer.take(ModelDelta(text="Elephants hum [2]. Bats sq"), written.emit)
        while not written.citations:  # noqa: ASYNC110 - the model waits for its reader here
            await asyncio.sleep(0.001)
        came.set()

    async with asyncio.timeout(5):
        await answer.during(read, written.emit)
    assert came.is_set()
    assert written.text == "Elephants hum [2]."


async def test_who_leaves_stops_the_checks() -> None:
    checker, written = ByWords(delay_s=FOREVER), Written()
    answer = WrittenAnswer(SOURCES, plain=False, checking=Checking(checker))

    async def read() -> None:
        await answer.take(ModelDelta(text="Elephants hum [2]. " * 50), written.emit)

    work = asyncio.create_task(answer.during(read, written.emit))
    while not checker.running:  # noqa: ASYNC110 - an event of the checker's own would be more code
        await asyncio.sleep(0.001)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert checker.running == 0
    assert checker.left == len(checker.claims)


async def test_whole_sentences_still_go_out_when_the_model_breaks_off() -> None:
    written = Written()
    answer = WrittenAnswer(SOURCES, plain=False, checking=Checking(ByWords()))

    async def read() -> None:
        await answer.take(ModelDelta(text="Elephants hum [2]. Bats squ"), written.emit)
        raise UpstreamError("gone")

    with pytest.raises(UpstreamError):
        await answer.during(read, written.emit)
    assert written.text == "Elephants hum [2]."
    answer.break_off()
    await answer.finish(written.emit)
    assert written.text == "Elephants hum [2]. Bats squ"


async def test_nothing_is_lost_when_the_time_runs_out_in_the_middle() -> None:
    checker, written = ByWords(delay_s=0.05), Written()
    answer = WrittenAnswer(SOURCES, plain=False, checking=Checking(checker))
    text = "".join(f"Elephants hum {n} [2]. " for n in range(40))

    async def read() -> None:
        await answer.take(ModelDelta(text=text), written.emit)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.12):
            await answer.during(read, written.emit)
    assert len(written.text) < len(text)
    answer.break_off()
    await answer.finish(written.emit)
    assert written.text == text
    assert [spanned(written, one).split()[2] for one in written.citations] == [
        str(n) for n in range(40)
    ]


async def test_a_half_sentence_gets_no_citation() -> None:
    written, checker = Written(), ByWords()
    answer = WrittenAnswer(SOURCES, plain=False, checking=Checking(checker))
    await answer.take(
        ModelDelta(text="Elephants hum [2]. Bats", finish_reason="length"), written.emit
    )
    await answer.finish(written.emit)
    assert written.text == "Elephants hum [2]. Bats"
    assert [claim.text for claim in checker.claims] == ["Elephants hum."]


async def test_a_stop_sequence_ends_the_text_and_what_is_held() -> None:
    written = await write(["Elephants hum [2]. EN", "D Bats squeak [3]."], stop=("END",))
    assert written.text == "Elephants hum [2]. "
    assert told(written) == [(2, "supported", "writer")]


async def test_the_check_knows_what_was_said_before() -> None:
    checker = ByWords()
    await write(["Elephants hum [2]. They live on the land [2]."], checker=checker)
    assert [claim.before for claim in checker.claims] == ["", "Elephants hum."]


async def test_code_is_not_checked_and_goes_by_the_line() -> None:
    checker = ByWords()
    text = "See:\n```\nx = a[9]\ny\n```\nBats squeak [3]."
    written = await write([text], checker=checker)
    assert written.text == text
    assert [claim.text for claim in checker.claims] == ["See:", "Bats squeak."]


pieces = st.sampled_from(
    [
        "Elephants hum ",
        "Bats squeak above twenty kilohertz",
        "Whales knit ",
        "and blue whales sing below forty hertz ",
        *[
            "[1]",
            "[2]",
            "[3]",
            "[9]",
            " [1, 2]",
            "[2][7]",
            "[source 3]",
            "【2】",
            "[1-3]",
            "[",
            "]",
        ],
        *[
            ". ",
            "? ",
            ".\n",
            "\n\n",
            "\n- ",
            "\n# ",
            "\n| ",
            " |",
            "`",
            "\n```\n",
            "**",
            "x",
            " ",
            "7",
        ],
    ]
)
texts = st.lists(pieces, max_size=25).map("".join)
actions = st.sampled_from(["recite", "flag", "remove"])


@settings(max_examples=100, deadline=None)
@given(texts, st.lists(st.integers(0, 1000), max_size=20), actions)
def test_streamed_in_any_pieces_is_the_same_as_whole(
    text: str, cuts: list[int], action: Action
) -> None:
    borders = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    parts = [text[start:end] for start, end in itertools.pairwise(borders)]
    streamed, whole = asyncio.run(write(parts, action)), asyncio.run(write([text], action))
    assert streamed.text == whole.text
    assert streamed.citations == whole.citations


@settings(max_examples=200, deadline=None)
@given(texts, actions)
def test_markers_and_citations_of_what_goes_out_are_the_same(text: str, action: Action) -> None:
    written = asyncio.run(write([text], action))
    assert [number for _, number in cited(written.text)] == [one.n for one in written.citations]
    assert all(one.n in (1, 2, 3) for one in written.citations)
    versions = {one.result.passages[0].version: version_text(one) for one in SOURCES}
    for one in written.citations:
        span = one.source_span
        assert versions[span.version][span.start : span.end] == one.quote
        assert f"[{one.n}]" in spanned(written, one)
