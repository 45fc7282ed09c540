"""The check of a claim against the sources that it cites, and the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.engine.checking.base import Checker, Claim
from hydrophone.engine.checking.support import OTHER_LANGUAGE, SupportChecker
from hydrophone.llm.entailment import EntailmentModel
from hydrophone.llm.files import MS_MARCO_MINILM, find_model_files
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.reranker import CrossEncoder
from hydrophone.types import Source
from tests.engine.material import Scores, source, version_text
from tests.llm.onnx_graph import write_entailment_model

LUND = source(
    1,
    "Anders Berg rebuilt the tower of Lund in 1837. It is 42 metres high.",
    title="The tower of Lund",
)
YSTAD = source(
    2,
    "The harbour of Ystad was dug in 1866. Ferries have sailed from Ystad to Poland since 1948.",
    title="The harbour of Ystad",
)
SHEEP = source(3, "Sheep graze in the park in summer. The park is open to all.", title="The park")
ALL = (LUND, YSTAD, SHEEP)


@pytest.fixture
def words_alone() -> Checker:
    return SupportChecker(WordOverlap())


@pytest.fixture
async def checker() -> AsyncIterator[Checker]:
    reranker = CrossEncoder(find_model_files(MS_MARCO_MINILM))
    yield SupportChecker(reranker)
    await reranker.close()


async def verdicts(
    checker: Checker, text: str, *cited: int, sources: Sequence[Source] = ALL
) -> list[str]:
    return [one.verdict for one in (await checker.check(Claim(text, cited), sources)).cited]


async def test_a_sentence_of_the_source_is_an_exact_citation(words_alone: Checker) -> None:
    judgement = await words_alone.check(Claim("**It is 42 metres high.**", (1,)), ALL)
    assert [one.verdict for one in judgement.cited] == ["exact"]
    assert judgement.cited[0].score == 1.0
    assert judgement.supported


async def test_other_words_for_it_are_supported(checker: Checker) -> None:
    assert await verdicts(checker, "The tower of Lund was rebuilt by Berg in 1837.", 1) == [
        "supported"
    ]
    assert await verdicts(checker, "You can go by ferry from Ystad to Poland.", 2) == ["supported"]


async def test_the_check_works_without_model_files(words_alone: Checker) -> None:
    claim = "The tower of Lund was rebuilt by Berg in 1837."
    assert await verdicts(words_alone, claim, 1) == ["supported"]
    assert await verdicts(words_alone, claim, 2) == ["unsupported"]


async def test_a_changed_number_is_unsupported_with_its_reason(checker: Checker) -> None:
    judgement = await checker.check(Claim("It is 45 metres high.", (1,)), ALL)
    assert not judgement.supported
    assert judgement.cited[0].reason == "the number 45 is not in the source"
    assert judgement.cited[0].quote.text == "It is 42 metres high."
    assert judgement.cited[0].score < 0.5


async def test_another_source_is_found_for_a_wrong_citation(checker: Checker) -> None:
    judgement = await checker.check(Claim("The harbour of Ystad was dug in 1866.", (1, 3)), ALL)
    assert [one.verdict for one in judgement.cited] == ["unsupported", "unsupported"]
    assert judgement.other is not None
    assert judgement.other.n == 2
    assert judgement.other.quote.text == "The harbour of Ystad was dug in 1866."


async def test_a_source_is_found_for_a_claim_without_citation(checker: Checker) -> None:
    judgement = await checker.check(Claim("Sheep graze in the park."), ALL)
    assert judgement.cited == ()
    assert judgement.other is not None
    assert judgement.other.n == 3


async def test_nothing_is_found_for_what_no_source_says(checker: Checker) -> None:
    judgement = await checker.check(Claim("The cathedral choir sings on Sundays.", (1,)), ALL)
    assert not judgement.supported
    assert judgement.other is None


async def test_two_sources_may_support_a_claim_together(checker: Checker) -> None:
    text = "Berg rebuilt the tower of Lund in 1837, and the harbour of Ystad was dug in 1866."
    judgement = await checker.check(Claim(text, (1, 2)), ALL)
    assert [(one.n, one.verdict) for one in judgement.cited] == [(1, "supported"), (2, "supported")]
    assert judgement.cited[1].quote.text == "The harbour of Ystad was dug in 1866."


async def test_what_is_no_claim_is_not_judged(words_alone: Checker) -> None:
    judgement = await words_alone.check(Claim("Would you like to know more?", (1,)), ALL)
    assert not judgement.is_claim
    assert judgement.cited == ()


async def test_numbers_that_no_source_has_are_passed_over(words_alone: Checker) -> None:
    assert await verdicts(words_alone, "It is 42 metres high.", 9, 1) == ["exact"]
    assert await verdicts(words_alone, "It is 42 metres high.", 9) == []


async def test_a_source_without_text_has_no_support(words_alone: Checker) -> None:
    empty = source(1, "")
    assert await verdicts(words_alone, "It is 42 metres high.", 1, sources=[empty]) == []


async def test_a_claim_in_another_language_is_not_judged_by_words(checker: Checker) -> None:
    text = "Der alte Turm ist nach den Angaben der Stadt sehr hoch und weithin sichtbar."
    page = "The church can be seen from far away and is one of the highest buildings in the town."
    judgement = await checker.check(Claim(text, (1,)), [source(1, page)])
    [found] = judgement.cited
    assert (found.verdict, found.reason) == ("exists", OTHER_LANGUAGE)


async def test_a_claim_and_a_page_in_one_foreign_language_are_compared() -> None:
    unasked = Scores({}, kind="cross-encoder")
    page = source(
        1, "Der Turm von Lund wurde im Jahr 1837 von dem Baumeister Berg wieder aufgebaut."
    )
    claim = "Der Turm von Lund wurde im Jahr 1837 wieder von Berg aufgebaut."
    assert await verdicts(SupportChecker(unasked), claim, 1, sources=[page]) == ["supported"]
    assert unasked.asked == []  # it reads English


async def test_chinese_is_compared_character_by_character(words_alone: Checker) -> None:
    page = source(1, "这座塔建于1837年。塔高四十二米。")
    assert await verdicts(words_alone, "塔高四十二米", 1, sources=[page]) == ["supported"]


async def test_no_more_than_three_pairs_are_read_for_the_cited_and_two_for_others() -> None:
    scores = Scores({}, kind="cross-encoder")
    pages = [
        source(n, f"Boats of sort {chr(64 + n)} carry much more grain than carts can do in winter.")
        for n in range(1, 9)
    ]
    claim = "Boats carry more passengers than carts can do in winter."
    await SupportChecker(scores).check(Claim(claim, (1, 2, 3, 4, 5)), pages)
    pairs = [len(texts) for texts in scores.asked]
    assert pairs[0] == 3
    assert sum(pairs[1:]) <= 3


@given(
    st.sampled_from(
        [
            "The tower of Lund was rebuilt in 1837.",
            "The harbour of Ystad is 42 metres high.",
            "Sheep graze in Poland.",
            "42",
        ]
    ),
    st.lists(st.integers(1, 4), max_size=4).map(tuple),
)
async def test_every_quote_stands_verbatim_in_its_source(text: str, cited: tuple[int, ...]) -> None:
    judgement = await SupportChecker(WordOverlap()).check(Claim(text, cited), ALL)
    supports = [*judgement.cited, *([judgement.other] if judgement.other else [])]
    for support in supports:
        quote = support.quote
        page = next(one for one in ALL if one.n == support.n)
        assert version_text(page)[quote.start : quote.end] == quote.text
        assert 0 <= support.score <= 1


async def test_an_entailment_model_decides_where_there_is_one(tmp_path: Path) -> None:
    text = "The tower of Lund was rebuilt by Berg in 1837."
    for weights, verdict, reason in (
        ((0.0, 1.0, 0.0), "supported", ""),
        ((1.0, 0.0, 0.0), "unsupported", "the source says otherwise"),
        ((0.0, 0.0, 1.0), "unsupported", "the source does not say it"),
    ):
        labels = ("contradiction", "entailment", "neutral")
        folder = write_entailment_model(tmp_path / verdict, weights=weights, labels=labels)
        model, unasked = EntailmentModel(folder), Scores({}, kind="cross-encoder")
        judgement = await SupportChecker(unasked, entailment=model).check(Claim(text, (1,)), [LUND])
        await model.close()
        [found] = judgement.cited
        assert (found.verdict, found.reason) == (verdict, reason)
        assert unasked.asked == []
