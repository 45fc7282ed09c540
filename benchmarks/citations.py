"""How well the check tells supported sentences from others, on claims made without a model.

    python benchmarks/citations.py --data FOLDER          the figures of docs/quality.md
    python benchmarks/citations.py --data FOLDER --fit    the weights, on the other half

FOLDER holds `passages.jsonl.gz` (`_id`, `title`, `text`) and `questions.jsonl.gz` (`question`,
`answers`, `passage_id`), as made from SQuAD 1.1 (CC BY-SA 4.0). True claims are made from the
sentences of a passage and from questions with their answers (claims.py, statements.py), false ones
from these (falsehoods.py). Articles are halved by the SHA-256 of their titles, or of the passage's
id where no title is given: the weights are fitted on one half, the figures are of the other.

`--conversations FILE` adds the sentences of people's answers over passages (MTRAG's
`mtrag_un_half.jsonl.gz`, Apache-2.0), halved by the SHA-256 of the conversation's id.
`--titled` takes only the passages that name their article; `--words-only` is the check without
model files; `--show N` prints N errors of each row.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citing import Case, Half, Material, cases, people
from hydrophone.engine.checking.base import Claim, Judgement
from hydrophone.engine.checking.evidence import read
from hydrophone.engine.checking.plain import is_claim, stripped
from hydrophone.engine.checking.rules import stated
from hydrophone.engine.checking.support import SupportChecker, compare
from hydrophone.engine.checking.weights import WEIGHTS, Weights, marks
from hydrophone.llm.base import Reranker
from hydrophone.llm.files import MS_MARCO_MINILM, find_model_files
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.reranker import CrossEncoder
from quotes import Share
from served import machine

CAUGHT_ELSEWHERE_WANTED = 0.97
RIDGE = 0.05
# Changed and denied claims are for the rules: what these leave is as near as true ones are.
FITTED = ("kept", "cited elsewhere", "half true")


@dataclass(frozen=True, slots=True)
class Row:
    """The outcome of all cases of a kind: those judged as wanted, and the errors."""

    group: str
    kind: str
    share: Share
    errors: tuple[tuple[Case, Judgement], ...]


async def judged(checker: SupportChecker, found: Sequence[Case]) -> list[Judgement]:
    """What the check says of each, with progress on a terminal."""
    judgements = []
    for at, case in enumerate(found):
        claim = Claim(case.text, case.cited, case.before)
        judgements.append(await checker.check(claim, case.sources))
        if sys.stderr.isatty():
            print(f"\r{at + 1} of {len(found)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    return judgements


def is_right(case: Case, judgement: Judgement) -> bool:
    """Whether the check said what it should: kept, caught, or moved to the right source."""
    if case.group == "kept":
        return judgement.supported
    if case.group == "found elsewhere":
        return judgement.other is not None and judgement.other.n == case.right
    return not judgement.supported


def rows(found: Sequence[Case], judgements: Sequence[Judgement]) -> list[Row]:
    """One for each kind in the order of their coming, and one for all of a group before them."""
    table = []
    for group in dict.fromkeys(case.group for case in found):
        pairs = [(c, j) for c, j in zip(found, judgements, strict=True) if c.group == group]
        kinds = list(dict.fromkeys(case.kind for case, _ in pairs))
        table.append(row(group, "all", [one for one in pairs if not one[0].is_hard]))
        table += [row(group, kind, [one for one in pairs if one[0].kind == kind]) for kind in kinds]
    return [one for one in table if one.share.n]


def row(group: str, kind: str, pairs: Sequence[tuple[Case, Judgement]]) -> Row:
    """The share of the pairs that are right."""
    errors = tuple((case, judgement) for case, judgement in pairs if not is_right(case, judgement))
    return Row(group, kind, Share(len(pairs) - len(errors), len(pairs)), errors)


# ---------------------------------------------------------------- fitting


@dataclass(frozen=True, slots=True)
class Example:
    """The marks of a claim that no rule objects to, and whether its source supports it."""

    case: Case
    marks: tuple[float, ...]
    supported: bool


async def examples(found: Sequence[Case], reranker: Reranker) -> tuple[list[Example], Counter[str]]:
    """Those of the cases that the model decides on; and how many there are of each group."""
    made, counts = [], Counter[str]()
    for case in found:
        if case.group not in FITTED or not is_claim(case.text):
            continue
        counts[case.group] += 1
        told = stated(stripped(case.text))
        every = [compare(told, read(source)) for source in case.sources[: len(case.cited)]]
        fit = [one for one in every if one is not None and not one.objection]
        if not fit:
            continue
        compared = max(fit, key=lambda one: one.near.together)
        relevance = None
        if reranker.kind == "cross-encoder":
            [relevance] = await reranker.score(told.text, [compared.near.text])
        found_marks = marks(compared.near, len(told.stems), relevance)
        made.append(Example(case, found_marks, case.group == "kept"))
    return made, counts


def fitted(found: Sequence[Example], *, with_model: bool) -> Weights:
    """Logistic regression by Newton's method, the two sides weighing the same, each kind of a side
    the same; no mark may weigh against its sense."""
    kinds = Counter((one.case.group, one.case.kind) for one in found)
    sides = Counter(
        one.supported
        for one in {(o.supported, o.case.group, o.case.kind): o for o in found}.values()
    )
    weight = np.array(
        [1 / kinds[one.case.group, one.case.kind] / sides[one.supported] for one in found]
    )
    weight *= len(found) / weight.sum()
    marked = np.array([(*one.marks, 1.0) for one in found])
    used = [at for at in range(marked.shape[1]) if with_model or at != marked.shape[1] - 2]
    wanted = np.array([one.supported for one in found], float)
    solved = np.zeros(marked.shape[1])
    solved[used] = newton(marked[:, used], wanted, weight)
    return Weights(*(round(float(one), 3) for one in solved))


def newton(marked: Any, wanted: Any, weight: Any) -> Any:
    """The coefficients of a logistic regression with a small ridge."""
    solved = np.zeros(marked.shape[1])
    for _ in range(60):
        likely = 1 / (1 + np.exp(-marked @ solved))
        slope = marked.T @ (weight * (wanted - likely)) - RIDGE * solved
        curve = (marked * (weight * likely * (1 - likely))[:, None]).T @ marked
        solved = solved + np.linalg.solve(curve + RIDGE * np.eye(len(solved)), slope)
    return solved


def placed(
    weights: Weights, found: Sequence[Example], counts: Counter[str], wanted: float
) -> Weights:
    """The same weights with the constant at which `wanted` of the claims cited to another passage
    are caught, by rule or by score."""
    scores = [one for one in found if one.case.group == "cited elsewhere"]
    logits = sorted((logit(weights, one) for one in scores), reverse=True)
    passing = int((1 - wanted) * counts["cited elsewhere"])
    cut = logits[min(passing, len(logits) - 1)] if logits else 0.0
    return Weights(*weights.each(), round(weights.constant - cut - 0.001, 3))


def logit(weights: Weights, example: Example) -> float:
    """The score of an example before it is squeezed between 0 and 1."""
    own = (*weights.each(), weights.constant)
    return sum(w * m for w, m in zip(own, (*example.marks, 1.0), strict=True))


# ---------------------------------------------------------------- the command


def shown(table: Iterable[Row], show: int) -> None:
    """The table, for people."""
    for one in table:
        print(f"{one.group:<16} {one.kind:<32} {one.share}")
        for case, judgement in one.errors[:show] if one.kind != "all" else ():
            said = "; ".join(f"{s.verdict} {s.score:.2f} {s.reason}" for s in judgement.cited)
            print(f"    * {case.text}\n      {said or 'not cited'}")
            for support in judgement.cited:
                print(f"      > {' '.join(support.quote.text.split())[:300]}")


def as_json(table: Iterable[Row]) -> list[dict[str, Any]]:
    """The table, for machines."""
    return [
        {
            "group": one.group,
            "kind": one.kind,
            "right": one.share.k,
            "of": one.share.n,
            "share": round(one.share.share, 4),
            "interval": [round(end, 4) for end in one.share.interval()],
        }
        for one in table
    ]


async def run(args: argparse.Namespace) -> None:
    """Measure, or fit."""
    half: Half = "development" if args.fit or args.development else "held-out"
    material = Material.read(args.data, titled=args.titled)
    found = cases(material, half, args.most)
    if args.conversations:
        found += people(args.conversations, half)
    if args.words_only:
        await measure(found, WordOverlap(), args)
        return
    reranker = CrossEncoder(find_model_files(MS_MARCO_MINILM), threads=args.threads)
    try:
        await measure(found, reranker, args)
    finally:
        await reranker.close()


async def measure(found: Sequence[Case], reranker: Reranker, args: argparse.Namespace) -> None:
    """The table of the cases; with --fit the weights first, and the table with these."""
    weights = WEIGHTS[reranker.kind]
    if args.fit:
        made, counts = await examples(found, reranker)
        with_model = reranker.kind == "cross-encoder"
        weights = placed(fitted(made, with_model=with_model), made, counts, args.caught)
        print(f'"{reranker.kind}": {weights}', file=sys.stderr)
    checker = SupportChecker(reranker, weights=weights)
    table = rows(found, await judged(checker, found))
    if args.json:
        print(json.dumps({"machine": machine(), "rows": as_json(table)}, indent=2))
    else:
        shown(table, args.show)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--conversations", type=Path)
    parser.add_argument("--most", type=int, default=100, help="claims of each kind")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--caught", type=float, default=CAUGHT_ELSEWHERE_WANTED)
    parser.add_argument("--development", action="store_true", help="the half that was fitted on")
    parser.add_argument("--titled", action="store_true", help="passages with an article only")
    parser.add_argument("--words-only", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
