"""How well an answer is proven."""

from __future__ import annotations

from dataclasses import replace

from hydrophone.evaluation.answers.proofs import prove, sentences_of
from hydrophone.types import Citation, SourceSpan, Span
from tests.evaluation.answers.made import Verbatim, reply, source

CRANE = "The crane lifts forty tonnes."
BELL = "A bell rings in fog."


def citation(n: int, quote: str, start: int, span: Span | None = None) -> Citation:
    return Citation(n, "p", span, SourceSpan("v", start, start + len(quote)), quote, "exact")


def test_a_sentence_cites_by_markers_in_it_and_behind_it() -> None:
    found = sentences_of(reply(f"{CRANE} [1][2]\n\n{BELL} [2, 3] Is it so? - \n"))
    assert [(one.text, one.numbers) for one in found] == [
        (CRANE, (1, 2)),
        (BELL, (2, 3)),
        ("Is it so?", ()),
    ]
    assert found[1].before.strip() == CRANE


def test_annotations_count_where_a_text_has_no_markers() -> None:
    text = f"{CRANE} {BELL}"
    noted = citation(4, "x", 0, Span(len(CRANE) + 3, len(text)))
    found = sentences_of(reply(text, citations=(noted,)))
    assert [one.numbers for one in found] == [(), (4,)]


async def test_citations_and_sentences_are_counted() -> None:
    text = f"{CRANE} [1][2] {BELL} [1] It is blue. Is it so?"
    proof = await prove(reply(text, source(1, CRANE), source(2, BELL)), Verbatim(), None)
    assert (proof.citations, proof.right) == (3, 1)
    assert (proof.claims, proof.proven) == (3, 1)
    assert proof.wrong == (BELL, "It is blue.")


async def test_a_number_that_does_not_exist_is_wrong_and_a_source_without_text_is_not_judged() -> (
    None
):
    proof = await prove(reply(f"{CRANE} [9] {BELL} [2]", source(2, "")), Verbatim(), None)
    assert (proof.citations, proof.right, proof.unjudged) == (1, 0, 1)
    assert (proof.claims, proof.proven) == (1, 0)


async def test_quotes_are_compared_with_the_stored_page() -> None:
    text = f"xx {CRANE} yy"
    good, moved = citation(1, CRANE, 3), citation(1, CRANE, 4)
    lost = replace(good, source_span=SourceSpan("gone", 3, 3 + len(CRANE)))

    async def text_of(version: str) -> str | None:
        return {"v": text}.get(version)

    answer = reply(f"{CRANE} [1]", source(1, CRANE), citations=(good, moved, lost))
    proof = await prove(answer, None, text_of)
    assert (proof.quotes, proof.exact, proof.claims) == (3, 1, 0)


async def test_a_page_of_the_web_that_was_not_kept_is_not_compared() -> None:
    web = source(1, CRANE)
    web = replace(web, result=replace(web.result, kind="web"))

    async def text_of(version: str) -> str | None:
        return None

    answer = reply(f"{CRANE} [1]", web, citations=(citation(1, CRANE, 3),))
    assert (await prove(answer, None, text_of)).quotes == 0
