"""The Checker that ships: rules first, and a model for what rules cannot see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.engine.checking.base import Claim, Judgement, Support
from hydrophone.engine.checking.evidence import Evidence, Nearest, nearest, read, united
from hydrophone.engine.checking.plain import is_claim, stripped
from hydrophone.engine.checking.rules import Stated, objections, stated
from hydrophone.engine.checking.weights import OBJECTED, SUPPORTED, WEIGHTS, Weights, marks
from hydrophone.engine.checking.words import is_english
from hydrophone.llm.base import Reranker
from hydrophone.llm.entailment import EntailmentModel
from hydrophone.types import Source

MOST_PAIRS = 3
MOST_OTHERS = 2
MOST_LOOKED_AT = 5
MIN_OTHER_COVERED = 0.25
# Below this a claim in another language than its source cannot be compared with it by words.
MIN_SHARED_COVERED = 0.5
NOT_SAID = "the source does not say it"
CONTRADICTED = "the source says otherwise"
OTHER_LANGUAGE = "the source is in another language"
MANY_CITED = "not read: too many sources are cited for one sentence"


@dataclass(frozen=True, slots=True)
class Compared:
    """A claim beside the lines of its source that come nearest to it. `objection` is what a rule
    has against it; empty where none has. Not `comparable`: the languages differ."""

    near: Nearest
    objection: str
    comparable: bool = True


class SupportChecker:
    """A Checker of rules and a model: the reranker, or an entailment model where there is one."""

    def __init__(
        self,
        reranker: Reranker,
        *,
        entailment: EntailmentModel | None = None,
        weights: Weights | None = None,
    ) -> None:
        self._reranker = reranker
        self._entailment = entailment
        self._weights = weights or WEIGHTS[reranker.kind]

    async def check(self, claim: Claim, sources: Sequence[Source]) -> Judgement:
        """The judgement of one claim. A model reads one pair for each of the three nearest sources
        that it cites, and up to three more where none of these supports it by itself.

        Where the claim is in another language than a source, the verdict is `exists`.
        """
        if not is_claim(claim.text):
            return Judgement((), is_claim=False)
        by_number = {source.n: source for source in sources}
        cited = [by_number[n] for n in dict.fromkeys(claim.cited) if n in by_number]
        told, compared = await asyncio.to_thread(_compared, claim.text, cited)
        found = await self._judge(told, compared)
        judgement = Judgement(tuple(found))
        if any(one.verdict != "unsupported" for one in found):
            return judgement
        if len(found) > 1 and (together := await self._judge_together(told, cited, found)):
            return Judgement(together)
        others = [source for source in sources if source.n not in claim.cited]
        return replace(judgement, other=await self._best_other(told, others))

    async def _best_other(self, told: Stated, others: Sequence[Source]) -> Support | None:
        promising = await asyncio.to_thread(_promising, told, others)
        judged = await self._judge(told, promising)
        proven = [one for one in judged if one.verdict in ("supported", "exact")]
        return max(proven, key=lambda one: one.score, default=None)

    async def _judge_together(
        self, told: Stated, cited: Sequence[Source], found: Sequence[Support]
    ) -> tuple[Support, ...] | None:
        """What the cited sources say together, where it takes more than one of them."""
        compared = await asyncio.to_thread(_compared_together, told, cited)
        if compared is None:
            return None
        [whole] = await self._judge(told, [compared])
        if whole.verdict != "supported":
            return None
        lines = {line.sentence.n: line.sentence for line in compared.near.lines}
        return tuple(replace(whole, quote=lines[one.n]) if one.n in lines else one for one in found)

    async def _judge(self, told: Stated, compared: Sequence[Compared]) -> list[Support]:
        asked = [one for one in compared if _is_open(told, one)]
        asked = sorted(asked, key=lambda one: -one.near.together)[:MOST_PAIRS]
        scores = await self._scores(told, asked)
        known = {id(one): score for one, score in zip(asked, scores, strict=True)}
        return [_support(told, one, known.get(id(one))) for one in compared]

    async def _scores(self, told: Stated, compared: Sequence[Compared]) -> list[tuple[float, str]]:
        """For each the score, and what to say when it is too low."""
        if not compared:
            return []
        texts = [one.near.text for one in compared]
        if self._entailment is not None:
            read = await self._entailment.judge(told.text, texts)
            return [
                (r.entails, CONTRADICTED if r.contradicts > r.neutral else NOT_SAID) for r in read
            ]
        weights, relevances = await self._relevances(told.text, texts)
        return [
            (weights.score(marks(one.near, len(told.stems), relevance)), NOT_SAID)
            for one, relevance in zip(compared, relevances, strict=True)
        ]

    async def _relevances(
        self, claim: str, texts: Sequence[str]
    ) -> tuple[Weights, Sequence[float | None]]:
        """The cross-encoder reads English only; elsewhere words are all there is."""
        if self._reranker.kind == "overlap":
            return self._weights, [None] * len(texts)
        if is_english(" ".join(texts)) is False:
            return WEIGHTS["overlap"], [None] * len(texts)
        return self._weights, await self._reranker.score(claim, texts)


def _compared(text: str, sources: Sequence[Source]) -> tuple[Stated, list[Compared]]:
    told = stated(stripped(text))
    found = [compare(told, read(source)) for source in sources]
    return told, [one for one in found if one is not None]


def _compared_together(told: Stated, sources: Sequence[Source]) -> Compared | None:
    compared = compare(told, united([read(source) for source in sources]))
    if compared is None or len({line.sentence.n for line in compared.near.lines}) == 1:
        return None
    return compared


def compare(told: Stated, evidence: Evidence) -> Compared | None:
    """The claim beside the source, before any model; None when the source has no text."""
    near = nearest(told.stems, evidence)
    return None if near is None else _beside(told, near, evidence)


def _beside(told: Stated, near: Nearest, evidence: Evidence) -> Compared:
    if near.together < MIN_SHARED_COVERED and _differ(told.text, near.text):
        return Compared(near, "", comparable=False)
    return Compared(near, next(objections(told, near, evidence), ""))


def _differ(claim: str, source: str) -> bool:
    ours, theirs = is_english(claim), is_english(source)
    return ours is not None and theirs is not None and ours != theirs


def _promising(told: Stated, sources: Sequence[Source]) -> list[Compared]:
    """The few other sources that have most of the claim and nothing against it."""
    found = [
        (near, evidence)
        for evidence in map(read, sources)
        if (near := nearest(told.stems, evidence)) is not None
        and near.together >= MIN_OTHER_COVERED
    ]
    found.sort(key=lambda pair: -pair[0].together)
    beside = [_beside(told, near, evidence) for near, evidence in found[:MOST_LOOKED_AT]]
    return [one for one in beside if one.comparable and not one.objection][:MOST_OTHERS]


def _is_open(told: Stated, one: Compared) -> bool:
    return one.comparable and not one.objection and not _is_quote(told, one)


def _is_quote(told: Stated, one: Compared) -> bool:
    return len(one.near.lines) == 1 and _plain(told.text) == _plain(one.near.text)


def _plain(text: str) -> str:
    return " ".join(stripped(text).casefold().rstrip(" .!").split())


def _support(told: Stated, one: Compared, scored: tuple[float, str] | None) -> Support:
    quote = one.near.lines[0].sentence
    if not one.comparable:
        return Support(quote, "exists", SUPPORTED, OTHER_LANGUAGE)
    if one.objection:
        return Support(quote, "unsupported", OBJECTED, one.objection)
    if _is_quote(told, one):
        return Support(quote, "exact", 1.0)
    if scored is None:
        return Support(quote, "exists", SUPPORTED, MANY_CITED)
    score, lacking = scored
    if score >= SUPPORTED:
        return Support(quote, "supported", score)
    return Support(quote, "unsupported", score, lacking)
