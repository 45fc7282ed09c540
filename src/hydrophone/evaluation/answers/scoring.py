"""From a reply to the row of a question: what each measure says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hydrophone.evaluation.answers.matching import contains, findable, token_f1
from hydrophone.evaluation.answers.proofs import Proof
from hydrophone.evaluation.answers.questions import Asked
from hydrophone.evaluation.answers.replies import Reply, Times
from hydrophone.llm.markers import cited, unmarked

# What a question adds to a share: above and below the line.
Part: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One question as it was answered. `parts` has each measure that says something of it, `wrong`
    the sentences that no citation supports, `times_ms` the times by their names."""

    id: str
    group: str
    question: str
    answer: str
    answerable: bool | None
    abstained: bool
    confidence: float | None
    parts: Mapping[str, Part]
    times_ms: Mapping[str, float] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    error: str | None = None


def score(asked: Asked, reply: Reply, proof: Proof) -> Row:
    """The row of a question. A failed one counts as a wrong answer, and as no silence."""
    parts = {"failed": _yes(reply.error is not None)}
    parts |= _answer_parts(asked, reply)
    if asked.relevant:
        parts |= _source_parts(asked, reply)
    if asked.answerable is not None and reply.error is None:
        name = "answerable_abstained" if asked.answerable else "unanswerable_abstained"
        parts[name] = _yes(reply.abstained)
    parts |= _proof_parts(proof)
    if reply.error is None:
        parts |= {name: (amount, 1.0) for name, amount in reply.spent.items()}
    return Row(
        id=asked.id,
        group=asked.group or asked.id,
        question=asked.text,
        answer=reply.text,
        answerable=asked.answerable,
        abstained=reply.abstained,
        confidence=reply.confidence,
        parts=parts,
        times_ms=_times_ms(reply.times) if reply.error is None else {},
        wrong=proof.wrong,
        error=reply.error,
    )


def is_page(url: str, wanted: str) -> bool:
    """Whether a source's URL is a wanted one, or ends with it from a slash on."""
    return url == wanted or url.endswith("/" + wanted.lstrip("/"))


def _answer_parts(asked: Asked, reply: Reply) -> dict[str, Part]:
    if not asked.answers:
        return {}
    text = unmarked(reply.text)
    parts: dict[str, Part] = {"f1": (token_f1(text, asked.answers), 1)}
    if short := findable(asked.answers):
        holds = contains(text, short)
        parts["contains"] = _yes(holds)
        parts["answered"] = _yes(holds and not reply.abstained)
    return parts


def _source_parts(asked: Asked, reply: Reply) -> dict[str, Part]:
    urls = {source.n: source.result.url for source in reply.sources}
    found = [any(is_page(url, one) for url in urls.values()) for one in asked.relevant]
    ranks = (rank for rank, url in enumerate(urls.values(), start=1) if _right(url, asked))
    first = next(ranks, None)
    used = {n for _, n in cited(reply.text)} | {one.n for one in reply.citations}
    return {
        "source_recall": (sum(found) / len(found), 1),
        "source_mrr": (1 / first if first else 0, 1),
        "gold_cited": _yes(any(_right(urls[n], asked) for n in used if n in urls)),
    }


def _right(url: str, asked: Asked) -> bool:
    return any(is_page(url, one) for one in asked.relevant)


def _proof_parts(proof: Proof) -> dict[str, Part]:
    parts: dict[str, Part] = {
        "citation_precision": (proof.right, proof.citations),
        "citation_recall": (proof.proven, proof.claims),
        "span_exactness": (proof.exact, proof.quotes),
    }
    return {name: part for name, part in parts.items() if part[1]}


def _times_ms(times: Times) -> dict[str, float]:
    known = {
        "first_source_ms": times.first_source_s,
        "first_text_ms": times.first_text_s,
        "end_ms": times.end_s,
    }
    return {name: 1000 * taken_s for name, taken_s in known.items() if taken_s is not None}


def _yes(value: bool) -> Part:
    return float(value), 1.0


def with_part(rows: Sequence[Row], name: str) -> Iterator[tuple[Row, Part]]:
    """The rows of which a measure says something, with what it says."""
    return ((row, row.parts[name]) for row in rows if name in row.parts)
