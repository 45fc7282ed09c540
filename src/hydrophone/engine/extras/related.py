"""Questions that one could ask next: what the sources ask, what the searches suggest, and what
the sources have a heading for. Every word is theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.hostile.addresses import addresses_in
from hydrophone.engine.hostile.commands import is_command
from hydrophone.llm.overlap import stems
from hydrophone.types import RequestContext, Source

MOST = 5
_MIN_CHARS, _MAX_CHARS = 8, 120
_MAX_HEADING_WORDS = 10
_MOST_OF_A_PAGE = 2
_ANSWER_CHARS = 3_000
_QUESTION_MARKS = ("?", "？")
# Headings that say where one is on a page and not what it is about.
_PLAIN = frozenset(
    """introduction overview contents summary conclusion references notes abstract background
    description see also external links further reading about home more index table of name synopsis
    examples example usage options related articles bibliography sources footnotes faq""".split()  # noqa: SIM905 - quoted words are no easier to read
)


def from_sources(
    question: str, sources: Sequence[Source], suggestions: Sequence[str] = ()
) -> tuple[str, ...]:
    """Up to five: headings of the sources that are questions, then the suggestions of searches, of
    these too the questions first, then other headings behind the titles of their pages. Never the
    question itself again."""
    fitting = [line for line in (" ".join(one.split()) for one in suggestions) if _fits(line)]
    fitting.sort(key=lambda line: not line.endswith(_QUESTION_MARKS))
    taken = [frozenset(stems(question))]
    chosen: list[str] = []
    for asked in [*_own_questions(sources), *fitting, *_headed(sources)]:
        words = frozenset(stems(asked))
        if len(chosen) == MOST:
            break
        if words and words not in taken and _is_harmless(asked):
            taken.append(words)
            chosen.append(asked)
    return tuple(chosen)


def _is_harmless(asked: str) -> bool:
    """Whether it neither leads readers elsewhere nor tells the next model what to do."""
    return next(addresses_in(asked), None) is None and not is_command(asked)


async def from_model(
    aside: Aside, question: str, answer: str, context: RequestContext
) -> tuple[str, ...]:
    """Up to five questions that a language model thinks of; none when it fails."""
    text = f"Question: {question}\n\nAnswer: {answer[:_ANSWER_CHARS]}"
    lines = await aside.lines("related", text, context)
    asked = " ".join(question.casefold().split())
    return tuple(line for line in lines if line.casefold() != asked and _fits(line))[:MOST]


def _own_questions(sources: Sequence[Source]) -> Iterator[str]:
    for source in sources:
        for heading in _headings(source):
            if heading.endswith(_QUESTION_MARKS) and _fits(heading):
                yield heading
        if source.result.title.endswith(_QUESTION_MARKS) and _fits(source.result.title):
            yield source.result.title


def _headed(sources: Sequence[Source]) -> Iterator[str]:
    for source in sources:
        title = " ".join(source.result.title.split())
        if not title or len(title) > _MAX_CHARS or title.endswith(_QUESTION_MARKS):
            continue
        headings = [one for one in _headings(source) if _tells(one, title)]
        for heading in headings[:_MOST_OF_A_PAGE]:
            yield f"{title}: {heading}"


def _headings(source: Source) -> Iterator[str]:
    """The headings right above the source's passages, then those further out, each once."""
    paths = [passage.headings for passage in source.result.passages]
    nearest = [path[-1] for path in paths if path]
    outer = [heading for path in paths for heading in path[:-1]]
    for heading in dict.fromkeys([*nearest, *outer]):
        yield " ".join(heading.split())


def _tells(heading: str, title: str) -> bool:
    words = heading.split()
    if not words or len(words) > _MAX_HEADING_WORDS or len(heading) > _MAX_CHARS:
        return False
    if heading.casefold() == title.casefold() or heading.endswith(_QUESTION_MARKS):
        return False
    return any(word.casefold().strip(".,:") not in _PLAIN for word in words) and any(
        char.isalpha() for char in heading
    )


def _fits(text: str) -> bool:
    return _MIN_CHARS <= len(text) <= _MAX_CHARS
