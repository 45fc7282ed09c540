"""Select: the few sentences that are worth the cross-encoder's time.

A sentence's score is the share of the question's weight that its words cover (a word weighs the
logarithm of how rare it is among all candidates), plus the reciprocal rank of its passage. The
best ten by it answer as well as all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydrophone.index.sentences import split_sentences
from hydrophone.llm.overlap import coverage
from hydrophone.types import Passage, Source, Span

MIN_WORDS = 3
MAX_HEADING_WORDS = 14
# A quote that runs over a colon to the end of the block behind it stays readable up to here.
MAX_LED_CHARS = 500
MAX_CHARS = 1_200
MAX_SYMBOLS = 0.08
# Characters that code is full of and prose is not.
_SYMBOL = re.compile(r"[(){}\[\]<>=|\\/_`*#$@;\"]")
_CLOSING = "\"'”’)]} \n"
_QUESTION = ("?", "？")
_COLON = (":", "：")
_STOP = (".", "!", "…", "。", "！", "｡", *_QUESTION)
_COMMENT = ("--", "//", "/*", "#!")
_BULLET = re.compile(r"[-*•‣◦–+][ \t]+(?=\S)")
# The number of the next section, where a table of contents runs on.
_SECTION_NUMBER = re.compile(r"\d+(?:\.\d+)*\.$")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence of source `n`; offsets are in the text of the passage's version."""

    n: int
    title: str
    passage: Passage
    start: int
    end: int
    text: str
    rank: int


def sentences_of(sources: Sequence[Source]) -> Iterator[Sentence]:
    """Every quotable sentence of the sources' passages, each text once, best passage first."""
    seen: set[tuple[str, int]] = set()
    for rank, source in enumerate(sources):
        for passage in source.result.passages:
            headings = set(passage.heading_starts)
            for span in _statements(passage.text):
                key = (passage.version, passage.start + span.start)
                text = passage.text[span.start : span.end]
                if key in seen or key[1] in headings or not _quotable(text, passage):
                    continue
                seen.add(key)
                yield Sentence(
                    source.n,
                    source.result.title,
                    passage,
                    key[1],
                    passage.start + span.end,
                    text,
                    rank,
                )


def _statements(text: str) -> Iterator[Span]:
    """The sentences; one that ends with a colon together with what it leads to."""
    taken = 0
    for whole in split_sentences(text):
        if whole.start < taken:
            continue
        span = Span(_behind_bullet(text, whole), whole.end)
        if text[span.start : span.end].endswith(_COLON):
            taken = _end_of_led(text, span)
            yield Span(span.start, taken)
        else:
            yield span


def _behind_bullet(text: str, span: Span) -> int:
    bullet = _BULLET.match(text, span.start, span.end)
    return bullet.end() if bullet else span.start


def _end_of_led(text: str, lead: Span) -> int:
    """The end of the block behind a colon, or of the lead itself when more than that would follow:
    a long block, or the first of several paragraphs."""
    blank = _BLANK_LINE.search(text, _skip_space(text, lead.end))
    led = text[lead.end : blank.start() if blank else len(text)].rstrip()
    if lead.end - lead.start + len(led) > MAX_LED_CHARS:
        return lead.end
    stops = sum(led[s.start : s.end].endswith(_STOP) for s in split_sentences(led))
    return lead.end + len(led) if stops < 2 else lead.end


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _quotable(text: str, passage: Passage) -> bool:
    """Statements only: a question or a heading would match the question best and answer nothing."""
    if len(text) > MAX_CHARS or len(text.split()) < MIN_WORDS or text.startswith(_COMMENT):
        return False
    if text.startswith("|") and not text.endswith("|"):
        return False  # a table's row without its first cell: the head, or it says not of what
    ending = text.rstrip(_CLOSING)
    if ending.endswith((*_QUESTION, *_COLON)) or text.lstrip("# ") in passage.headings:
        return False
    lead, colon, _ = text.partition(":\n")
    if colon and len(text) <= MAX_LED_CHARS:
        # What it leads to may well be code.
        return len(lead.split()) >= MIN_WORDS and _is_prose(lead)
    stopped = ending.endswith(_STOP)
    if not stopped and "\n" in text:
        return False  # code, its output, a list of names
    if (not stopped or _SECTION_NUMBER.search(ending)) and _is_titled(text):
        return False
    return _is_prose(text)


def _is_prose(text: str) -> bool:
    return len(_SYMBOL.findall(text)) < MAX_SYMBOLS * len(text)


def _is_titled(text: str) -> bool:
    """Whether it is Set Like the Heading of an Example or a Table."""
    words = text.split()
    if len(words) > MAX_HEADING_WORDS or ":" in text or "|" in text:
        return False
    long = [word for word in words if len(word) > 3 and word[0].isalpha()]
    return len(long) > 1 and 4 * sum(word[0].isupper() for word in long) >= 3 * len(long)


def most_promising(query: str, sentences: Sequence[Sentence], k: int) -> list[Sentence]:
    """The `k` sentences that share most with the query, best first."""
    covered = coverage(query, [sentence.text for sentence in sentences])
    scores = [
        share + 1 / (2 * (1 + sentence.rank))
        for share, sentence in zip(covered, sentences, strict=True)
    ]
    order = sorted(range(len(sentences)), key=lambda index: (-scores[index], index))
    return [sentences[index] for index in order[:k]]
