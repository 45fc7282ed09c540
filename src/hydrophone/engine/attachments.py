"""Attachments: the files and pictures that a question brings with it.

Files become sources of their own, numbered before all others and found for this question alone.
Pictures go to a language model that can see; without one, the text in them is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hydrophone.engine.candidates import Sentence, sentences_of
from hydrophone.engine.choose import Choice
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.errors import InvalidRequest
from hydrophone.fetch.attachments.pictures import picture_head
from hydrophone.fetch.attachments.reading import Attachments, Picture, source_urls
from hydrophone.fetch.errors import UnreadableAttachment
from hydrophone.index.sentences import split_sentences
from hydrophone.llm.overlap import stems
from hydrophone.search.passages import best_passages
from hydrophone.search.reading import as_result
from hydrophone.stream import Emit
from hydrophone.types import (
    Document,
    MediaPart,
    Notice,
    Part,
    Question,
    RequestContext,
    SearchResult,
    Source,
    Step,
    StepResult,
    TextPart,
    Turn,
)

STEP = "attachments"
AT_ONCE = 4
# Of one file; a book of a thousand pages has two million.
MOST_CHARS = 3_000_000
# Shared out among the files; each is some 250 tokens.
PASSAGES = 12
PASSAGES_A_FILE = 3
# As Perplexity counts them: https://docs.perplexity.ai, on images.
PIXELS_A_TOKEN = 750
NO_READER = "files and pictures cannot be read here: pip install 'hydrophone[web]'"
NO_VIDEO = "videos cannot be read; send pictures of them, or their text as a file"
NO_PICTURES_IN_RESEARCH = "deep research takes no pictures; send files, or ask another model"
NO_EYES = (
    "no language model that can see is configured (HYDROPHONE_MODEL_URL, HYDROPHONE_MODEL and "
    "HYDROPHONE_MODEL_SEES=1)"
)
NO_OCR = "and the text in pictures cannot be read either: pip install 'hydrophone[ocr]'"
# A question of these words alone is about an attachment as a whole.
_ABOUT = frozenset(
    stems(
        "analysis analyse analyze article attach attachment brief briefly bullet caption chapter "
        "conclusion content describe description document docx explain file find finding get give "
        "gist idea image it key know look main paper pdf photo photograph picture please point "
        "provide read report review say screenshot see sentence short show statement sum summaries "
        "summarise summarize summary takeaway tell text tldr tl dr topic transcribe understand "
        "what word words write written discuss contain contained help want need like overview "
        "present paragraph page slide scan letter one two three four five few several"
    )
)


@dataclass(frozen=True, slots=True)
class Attached:
    """The question with files by their titles and what a model can look at by its bytes, its plan,
    and the sources that the attachments are."""

    question: Question
    plan: Plan
    results: tuple[SearchResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One attachment, cited by `url`. `asked`: the last user turn brings it. None as `content`: it
    has not been read yet."""

    part: MediaPart
    url: str
    asked: bool
    content: Document | Picture | None = None


class Attaching:
    """Reads what a question brings. `sees`: the language model can look at pictures.

    Without `reader` such questions are refused.
    """

    def __init__(self, reader: Attachments | None, *, sees: bool) -> None:
        self._reader = reader
        self._sees = sees

    async def attach(
        self,
        question: Question,
        plan: Plan,
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> Attached:
        """Read all attachments and choose their passages for the question.

        Raises InvalidRequest for what cannot be read: nothing is left out in silence.
        """
        found = media_of(question)
        if any(item.part.kind == "video" for item in found):
            raise _refusal(NO_VIDEO)
        if self._reader is None:
            raise _refusal(NO_READER)
        await emit(Step(STEP, "fetch_url", urls=tuple(item.url for item in found)))
        items = await _read_all(self._reader, found)
        sees = self._sees and profile.chat_model is not None
        pictures = [item for item in items if isinstance(item.content, Picture)]
        if pictures and profile.kind == "report":
            raise _refusal(NO_PICTURES_IN_RESEARCH)
        if pictures and not sees:
            items = await self._with_words(self._reader, items, context, emit)
        files = [item for item in items if isinstance(item.content, Document)]
        whole = not set(stems(plan.question)) - _ABOUT
        if whole:  # "this file" is the one that came with the question
            files = [item for item in files if item.asked] or files
        results = await _results("" if whole else plan.question, files, emit)
        await emit(StepResult(STEP, results, tuple(result.url for result in results)))
        shown = {item.part: _shown(item) for item in items}
        return Attached(
            replace(question, turns=tuple(_turn(turn, shown) for turn in question.turns)),
            replace(plan, queries=() if whole else plan.queries, attached=True, whole=whole),
            results,
        )

    async def _with_words(
        self, reader: Attachments, items: Sequence[Item], context: RequestContext, emit: Emit
    ) -> list[Item]:
        """The items with the text of the pictures in their place.

        A picture of an earlier turn that says nothing is left out with a Notice; one that the
        question brings is refused.
        """
        read: list[Item] = []
        named: list[str] = []
        for item in items:
            if not isinstance(item.content, Picture):
                read.append(item)
                continue
            words = await self._words(reader, item.content)
            if isinstance(words, Document):
                context.meter.add(prompt_tokens=_tokens(item.content))
                named.append(item.content.name)
                read.append(replace(item, content=words))
            elif item.asked:
                raise _refusal(words)
            else:
                await emit(Notice("partial", f"Left out: {words}."))
        if named:
            told = f"The text in {', '.join(named)} was read by OCR: {NO_EYES}."
            await emit(Notice("read_by_ocr", told))
        return read

    async def _words(self, reader: Attachments, picture: Picture) -> Document | str:
        """The picture's text, or why there is none."""
        if not reader.reads_words:
            return f"the picture {picture.name} cannot be looked at: {NO_EYES}, {NO_OCR}"
        document = await reader.read_words(picture)
        if document.text:
            return document
        return f"no text was found in the picture {picture.name}, and {NO_EYES}"


def media_of(question: Question) -> list[Item]:
    """The attachments, each once: those of the last user turn, then the others, latest first."""
    turns = question.turns
    said = [part for turn in turns for part in turn.parts if isinstance(part, MediaPart)]
    urls = source_urls(said)
    last = max((n for n, turn in enumerate(turns) if turn.role == "user"), default=-1)
    found: dict[MediaPart, Item] = {}
    for number in reversed(range(len(turns))):
        for part in turns[number].parts:
            if isinstance(part, MediaPart):
                found.setdefault(part, Item(part, urls[part], number >= last))
    return list(found.values())


def joined(attached: Sequence[SearchResult], found: Sequence[SearchResult]) -> list[SearchResult]:
    """The attachments before what was found, each URL once."""
    urls = {result.url for result in attached}
    return [*attached, *(result for result in found if result.url not in urls)]


def opening(sources: Sequence[Source], profile: Profile) -> Choice:
    """How the attachments begin, a share of the sentences for each: what can be quoted for a
    question about them as a whole."""
    mine = [source for source in sources if source.result.kind == "attachment"]
    share = max(1, profile.sentences // max(1, len(mine)))
    sentences = [sentence for source in mine for sentence in _beginning(source)[:share]]
    return Choice(tuple(sentences[: profile.sentences]), 0.0, confident=bool(sentences))


def picture_tokens(turns: Sequence[Turn]) -> int:
    """What the pictures in the turns count as, where no endpoint counts them."""
    total = 0
    for turn in turns:
        for part in turn.parts:
            head = picture_head(part.data or b"") if isinstance(part, MediaPart) else None
            total += head.width * head.height // PIXELS_A_TOKEN if head else 0
    return total


def _beginning(source: Source) -> list[Sentence]:
    """The first statements; of a sign or a list, which has none, the first lines."""
    statements = list(sentences_of([source]))
    return statements or [
        Sentence(
            source.n,
            source.result.title,
            passage,
            passage.start + span.start,
            passage.start + span.end,
            passage.text[span.start : span.end],
            0,
        )
        for passage in source.result.passages
        for span in split_sentences(passage.text)
    ]


async def _read_all(reader: Attachments, items: Sequence[Item]) -> list[Item]:
    """The items with their content, read a few at a time. Raises for the first that cannot be."""
    places = asyncio.Semaphore(AT_ONCE)

    async def read(item: Item) -> Item | UnreadableAttachment:
        async with places:
            try:
                return replace(item, content=await reader.read(item.part, item.url))
            except UnreadableAttachment as error:
                return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read(item)) for item in items]
    done = []
    for task in tasks:
        result = task.result()
        if isinstance(result, UnreadableAttachment):
            raise result
        done.append(result)
    return done


async def _results(query: str, files: Sequence[Item], emit: Emit) -> tuple[SearchResult, ...]:
    documents = [item.content for item in files if isinstance(item.content, Document)]
    for document in documents:
        if len(document.text) > MOST_CHARS:
            told = f"Of {document.title} the first {MOST_CHARS:,} characters were searched."
            await emit(Notice("partial", told))
    a_file = max(PASSAGES_A_FILE, PASSAGES // max(1, len(documents)))
    chosen = await asyncio.to_thread(
        best_passages, query, documents, a_page=a_file, unmatched=a_file, most_chars=MOST_CHARS
    )
    return tuple(map(partial(as_result, kind="attachment"), documents, chosen))


def _turn(turn: Turn, shown: Mapping[MediaPart, Part]) -> Turn:
    """The turn as a language model gets it; what was left out leaves a mark."""
    if not any(isinstance(part, MediaPart) for part in turn.parts):
        return turn
    parts = (
        shown.get(part, TextPart("[a picture]")) if isinstance(part, MediaPart) else part
        for part in turn.parts
    )
    return replace(turn, parts=tuple(parts))


def _shown(item: Item) -> Part:
    """A picture by its bytes; a file by its title, under which it is among the sources."""
    content = item.content
    if isinstance(content, Picture):
        return MediaPart("image", content.media_type, data=content.data, name=content.name)
    return TextPart(f"[attached: {content.title if content else item.url}]")


def _tokens(picture: Picture) -> int:
    return picture.width * picture.height // PIXELS_A_TOKEN


def _refusal(message: str) -> InvalidRequest:
    return InvalidRequest(message, param="messages", code="invalid_message")
