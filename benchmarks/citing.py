"""The cases of citations.py: claims, the sources they cite, and what the check should say."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import falsehoods
from claims import TRUE, joined, sentences
from hydrophone.index.sentences import split_sentences
from hydrophone.llm.overlap import stems
from hydrophone.types import Passage, SearchResult, Source
from statements import statement

Half = Literal["development", "held-out"]
Group = Literal["kept", "cited elsewhere", "changed", "denied", "half true", "found elsewhere"]
SEED = 20_261_122
NEIGHBOURS = 5
MOST_COMMON_SHARE = 0.15
MIN_OWN_WORDS = 8
ASKED = "question and answer"


@dataclass(frozen=True, slots=True)
class Case:
    """A claim that cites the first of its sources; `right` is the number of the one that it was
    made from. `is_hard`: not counted in the group's total, for the reason in docs/quality.md."""

    group: Group
    kind: str
    text: str
    sources: tuple[Source, ...]
    before: str = ""
    cited: tuple[int, ...] = (1,)
    right: int = 1
    is_hard: bool = False


@dataclass(frozen=True, slots=True)
class TrueClaim:
    """A true claim and the passage that it was made from."""

    kind: str
    text: str
    passage: str
    before: str = ""


@dataclass
class Material:
    """The passages and questions, and which half each belongs to."""

    texts: dict[str, str]
    titles: dict[str, str]
    questions: list[tuple[str, str, str]]

    @classmethod
    def read(cls, folder: Path, *, titled: bool = False) -> Material:
        """From the two files of the folder; with `titled` only what names its article."""
        passages = [
            row for row in _lines(folder / "passages.jsonl.gz") if row["title"] or not titled
        ]
        known = {row["_id"] for row in passages}
        asked = (row for row in _lines(folder / "questions.jsonl.gz") if row["passage_id"] in known)
        return cls(
            {row["_id"]: row["text"] for row in passages},
            {row["_id"]: row["title"] for row in passages},
            [(row["question"], row["answers"][0], row["passage_id"]) for row in asked],
        )

    def half(self, passage: str) -> Half:
        """By the article where it is known."""
        return half_of(self.titles[passage] or passage)

    def source(self, passage: str, n: int = 1) -> Source:
        """The passage as a source."""
        return as_source(n, passage, self.titles[passage], self.texts[passage])

    @cached_property
    def _vectors(self) -> dict[str, dict[str, float]]:
        """Words by their weight, of length 1."""
        counted = {name: Counter(stems(text)) for name, text in self.texts.items()}
        spread = Counter(word for words in counted.values() for word in words)
        most = MOST_COMMON_SHARE * len(counted)
        vectors = {}
        for name, words in counted.items():
            kept = {w: math.log(len(counted) / spread[w]) for w in words if spread[w] <= most}
            length = math.sqrt(sum(weight * weight for weight in kept.values())) or 1.0
            vectors[name] = {word: weight / length for word, weight in kept.items()}
        return vectors

    @cached_property
    def _holders(self) -> dict[str, list[str]]:
        holders = defaultdict(list)
        for name, words in self._vectors.items():
            for word in words:
                holders[word].append(name)
        return holders

    def others(self, passage: str) -> list[str]:
        """The other passages of its article; where that is not known, the five most like it, which
        are mostly of the same article too."""
        if title := self.titles[passage]:
            return [
                name for name, other in self.titles.items() if other == title and name != passage
            ]
        half, near = self.half(passage), Counter[str]()
        for word, weight in self._vectors[passage].items():
            for name in self._holders[word]:
                near[name] += weight * self._vectors[name][word]
        fit = (
            name
            for name, _ in near.most_common()
            if name != passage and not self.titles[name] and self.half(name) == half
        )
        return [name for name, _ in zip(fit, range(NEIGHBOURS), strict=False)]


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def half_of(name: str) -> Half:
    """By the SHA-256 of a name."""
    return "held-out" if hashlib.sha256(name.encode()).digest()[-1] % 2 else "development"


def as_source(n: int, name: str, title: str, text: str) -> Source:
    """A page of one passage."""
    version = hashlib.sha256(text.encode()).hexdigest()
    passage = Passage(name, text, version, 0, len(text))
    url = f"https://passages.example/{name}"
    return Source(n, SearchResult(url, title, text[:100], passages=(passage,)))


def true_claims(material: Material, half: Half) -> Iterator[TrueClaim]:
    """All that can be made of one half."""
    for name, text in material.texts.items():
        if material.half(name) != half:
            continue
        previous = ""
        for sentence, before in sentences(text):
            yield TrueClaim("verbatim", sentence, name, before)
            for kind, change in TRUE.items():
                if changed := change(sentence):
                    yield TrueClaim(kind, changed, name, before)
            if previous and previous == before and (both := joined(previous, sentence)):
                yield TrueClaim("two sentences joined", both, name)
            previous = sentence
    for question, answer, name in material.questions:
        told = statement(question, answer, material.texts[name])
        if told and material.half(name) == half:
            yield TrueClaim(ASKED, told, name)


def cases(material: Material, half: Half, most: int) -> list[Case]:
    """Up to `most` of each kind, the same for the same files."""
    dice = random.Random(SEED)
    by_kind: dict[str, list[TrueClaim]] = defaultdict(list)
    for claim in true_claims(material, half):
        by_kind[claim.kind].append(claim)
    chosen = {kind: dice.sample(made, min(most, len(made))) for kind, made in by_kind.items()}
    found = [
        Case("kept", kind, one.text, (material.source(one.passage),), one.before)
        for kind, made in chosen.items()
        for one in made
    ]
    found += _elsewhere(material, chosen, dice)
    bases = {
        "verbatim": by_kind["verbatim"],
        "transformed": [c for kind in (*TRUE, "two sentences joined") for c in by_kind[kind]],
        ASKED: by_kind[ASKED],
    }
    for base, made in bases.items():
        found += _changed(material, base, made, most, dice, _pool(material, half))
    found += _half_true(material, by_kind["verbatim"], most, dice)
    return found


def _elsewhere(
    material: Material, chosen: dict[str, list[TrueClaim]], dice: random.Random
) -> list[Case]:
    """Each claim cited to another passage; and with its own among the sources, to be found."""
    cited, findable = [], []
    for kind, made in chosen.items():
        base = kind if kind in ("verbatim", ASKED) else "transformed"
        for one in made:
            others = material.others(one.passage)
            if not others:
                continue
            wrong = dice.choice(others)
            where = "same article" if material.titles[one.passage] else "one of the five nearest"
            source = material.source(wrong)
            cited.append(
                Case("cited elsewhere", f"{base}, {where}", one.text, (source,), one.before)
            )
            sources = [wrong, *(name for name in others if name != wrong)]
            right = dice.randint(2, len(sources) + 1)
            sources.insert(right - 1, one.passage)
            numbered = tuple(material.source(name, n) for n, name in enumerate(sources, 1))
            if dice.random() < 0.15:
                findable.append(
                    Case(
                        "found elsewhere", f"{base}, wrongly cited", one.text, numbered, right=right
                    )
                )
                findable.append(
                    Case(
                        "found elsewhere",
                        f"{base}, not cited",
                        one.text,
                        numbered,
                        cited=(),
                        right=right,
                    )
                )
    return cited + findable


def _pool(material: Material, half: Half) -> list[str]:
    """The names of all passages of the half."""
    return sorted(
        {
            name
            for passage, text in material.texts.items()
            if material.half(passage) == half
            for name in falsehoods.names_in(text)
        }
    )


def _changed(
    material: Material,
    base: str,
    made: Sequence[TrueClaim],
    most: int,
    dice: random.Random,
    pool: Sequence[str],
) -> list[Case]:
    """One thing changed in each, up to `most` of each sort."""
    found = []
    for group, sort, is_hard in _SORTS:
        taken = 0
        for one in dice.sample(made, len(made)):
            text = material.texts[one.passage]
            told = falsehoods.changed(sort, one.text, text, pool, dice)
            if told is None or told == one.text:
                continue
            source = material.source(one.passage)
            kind = f"{sort}, {base}"
            found.append(Case(group, kind, told, (source,), one.before, is_hard=is_hard))
            taken += 1
            if taken == most:
                break
    return found


_SORTS: tuple[tuple[Group, str, bool], ...] = (
    ("changed", "a number", False),
    ("changed", "a date", False),
    ("changed", "a name", False),
    ("changed", "a number of the same passage", True),
    ("changed", "a name of the same passage", True),
    ("denied", "made negative", False),
    ("denied", "made positive", False),
    ("denied", "the opposite word", False),
)


def _half_true(
    material: Material, made: Sequence[TrueClaim], most: int, dice: random.Random
) -> list[Case]:
    """A sentence of the passage put together with one of another."""
    found: list[Case] = []
    for one in dice.sample(made, len(made)):
        others = material.others(one.passage)
        if not others:
            continue
        foreign = [s for s, _ in sentences(material.texts[dice.choice(others)])]
        foreign = [s for s in foreign if len(s.split()) >= MIN_OWN_WORDS]
        told = joined(one.text, dice.choice(foreign)) if foreign else None
        if told:
            found.append(
                Case(
                    "half true", "with a sentence of another", told, (material.source(one.passage),)
                )
            )
        if len(found) == most:
            break
    return found


def people(path: Path, half: Half) -> list[Case]:
    """The sentences of people's answers to questions that their passages answer: each cited to all
    of them, as it is not known which a sentence rests on; and to those of another conversation."""
    tasks = [row for row in _lines(path) if "answerable" in str(row["answerability"]).lower()]
    tasks = [
        row for row in tasks if "un" not in str(row["answerability"]).lower() and row["contexts"]
    ]
    tasks = [row for row in tasks if half_of(row["conversation_id"]) == half]
    dice, found = random.Random(SEED), []
    for task in tasks:
        own = _contexts(task)
        foreign = [row for row in tasks if row["conversation_id"] != task["conversation_id"]]
        other = _contexts(dice.choice(foreign))
        text = task["targets"][0]["text"]  # type: ignore[index]
        for span in split_sentences(text):
            told = text[span.start : span.end]
            every = Case("kept", "people's answers", told, own, text[: span.start], is_hard=True)
            found.append(replace(every, cited=tuple(range(1, len(own) + 1))))
            found.append(
                replace(every, group="cited elsewhere", kind="people's answers", sources=other[:1])
            )
    return found


def _contexts(task: dict[str, str]) -> tuple[Source, ...]:
    return tuple(
        as_source(n, one["document_id"], one.get("title", ""), one["text"])  # type: ignore[attr-defined,index]
        for n, one in enumerate(task["contexts"], 1)
    )
