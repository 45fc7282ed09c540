"""Files and pictures that a question brings: as sources, to the model, or as a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from hydrophone.engine.attachments import (
    NO_OCR,
    PASSAGES,
    Attaching,
    media_of,
    opening,
    picture_tokens,
)
from hydrophone.engine.engine import Engine, Writer
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import NOT_IN_SOURCES, QuoteWriter
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.engine.write import ModelWriter
from hydrophone.fetch.attachments.reading import Picture
from hydrophone.fetch.errors import UnreadableAttachment
from hydrophone.llm.base import ModelReply, ModelRequest
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Citation,
    Document,
    Event,
    Failed,
    Finished,
    MediaPart,
    Notice,
    Passage,
    Question,
    RequestContext,
    SearchOptions,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    TextPart,
    Thinking,
    Turn,
)
from tests.fetch.pictures import picture_of

BUOY = (
    "The Kermadec buoy was moored in 2019. It listens at a depth of 3,870 metres.\n\n"
    "Its batteries are changed every 14 months by the ship Tangaroa."
)
DEPTH = "It listens at a depth of 3,870 metres."
PNG = picture_of(size=(300, 250))


def file(text: str = BUOY, name: str | None = "buoy.txt") -> MediaPart:
    return MediaPart("file", "text/plain", data=text.encode(), name=name)


def picture(name: str = "gauge.png") -> MediaPart:
    return MediaPart("image", "image/png", data=PNG, name=name)


def asked(text: str, *parts: MediaPart, search: bool | None = None) -> Question:
    turn = Turn("user", (*parts, TextPart(text)))
    return Question((turn,), "sonar", search=SearchOptions(enabled=search))


@dataclass
class Shelf:
    """Reads bytes as text, and of pictures the words that it knows by their names."""

    words: Mapping[str, str] = field(default_factory=dict)
    reads_words: bool = True
    broken: Sequence[str] = ()
    read_parts: list[MediaPart] = field(default_factory=list)

    async def read(self, part: MediaPart, url: str) -> Document | Picture:
        self.read_parts.append(part)
        name = part.name or url
        if name in self.broken:
            raise UnreadableAttachment(f"the file {name} cannot be read: it is broken")
        data = part.data or PNG
        if data == PNG:
            return Picture(url, name, "image/png", PNG, 300, 250)
        return Document(url, name, data.decode())

    async def read_words(self, picture: Picture) -> Document:
        return Document(picture.url, picture.name, self.words.get(picture.name, ""))


@dataclass
class Finds:
    """A searcher that finds one page, or nothing."""

    results: tuple[SearchResult, ...] = ()
    queries: list[str] = field(default_factory=list)

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.queries += queries
        return SearchOutcome(self.results)


@dataclass
class Model:
    """A language model that says the same to everything and counts nothing."""

    text: str = "Deep [1]. Far [9]."
    name: str = "model"
    asked: list[ModelRequest] = field(default_factory=list)

    async def complete(self, request: ModelRequest) -> ModelReply:
        self.asked.append(request)
        return ModelReply(self.text)


@dataclass
class Asking:
    """An engine and what it has to do with."""

    shelf: Shelf | None = field(default_factory=Shelf)
    finds: Finds = field(default_factory=Finds)
    model: Model | None = None
    sees: bool = False
    profile: Profile = field(default_factory=Profile)
    report: bool = False
    context: RequestContext = field(default_factory=lambda: RequestContext(whole=True))

    async def ask(self, question: Question) -> list[Event]:
        profile = self.profile
        kind = QuotedReport if self.report else QuoteWriter
        writer: Writer = kind(WordOverlap(), WordCounter())
        if self.model is not None:
            profile = replace(profile, chat_model="m")
            writer = ModelWriter(self.model, WordCounter(), deadline_s=9)  # type: ignore[arg-type]
        attaching = Attaching(self.shelf, sees=self.sees)  # type: ignore[arg-type]
        engine = Engine(self.finds, writer, profile, deadline_s=9, attaching=attaching)
        async with engine.answer(question, self.context) as events:
            return [event async for event in events]


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


def sources_of(events: Sequence[Event]) -> list[SearchResult]:
    sources = [event for event in events if isinstance(event, Sources)]
    return [source.result for event in sources for source in event.items]


def notices_of(events: Sequence[Event]) -> list[str]:
    return [event.kind for event in events if isinstance(event, Notice)]


def failure_of(events: Sequence[Event]) -> Failed:
    assert isinstance(events[-1], Failed)
    assert not text_of(events)
    return events[-1]


async def test_file_is_the_first_source_and_is_quoted_with_its_place() -> None:
    finds = Finds((SearchResult("https://a.example/", "Page", "Buoys float on the sea."),))
    events = await Asking(finds=finds).ask(asked("At what depth does it listen?", file()))
    first, second = sources_of(events)
    assert (first.url, first.title, first.kind) == ("attachment:buoy.txt", "buoy.txt", "attachment")
    assert second.url == "https://a.example/"
    assert text_of(events).startswith(f"{DEPTH} [1]")
    citation = next(event for event in events if isinstance(event, Citation))
    assert BUOY[citation.source_span.start : citation.source_span.end] == DEPTH
    assert finds.queries == ["At what depth does it listen?"]


async def test_reading_is_a_step_of_its_own_before_all_others() -> None:
    events = await Asking().ask(asked("At what depth does it listen?", file()))
    steps = [event for event in events if isinstance(event, Step | StepResult)]
    assert isinstance(steps[0], Step)
    assert (steps[0].kind, steps[0].urls) == ("fetch_url", ("attachment:buoy.txt",))
    assert isinstance(steps[1], StepResult)
    assert [hit.kind for hit in steps[1].hits] == ["attachment"]


@pytest.mark.parametrize(
    "text", ["Summarise this file.", "What does the attached document say?", "tl;dr", "?"]
)
async def test_question_about_the_whole_is_answered_from_the_beginning_without_a_search(
    text: str,
) -> None:
    finds = Finds((SearchResult("https://a.example/", "Page", "This file says words."),))
    events = await Asking(finds=finds).ask(asked(text, file()))
    assert text_of(events).startswith(
        f"The Kermadec buoy was moored in 2019. [1] {DEPTH} [1] Its batteries"
    )
    assert finds.queries == []
    assert notices_of(events) == []


async def test_file_without_a_word_is_a_question_about_the_whole() -> None:
    for turns in ((Turn("user", (file(),)),), (Turn("user", (file(), TextPart(" "))),)):
        events = await Asking().ask(Question(turns, "sonar"))
        assert text_of(events).startswith("The Kermadec buoy was moored in 2019. [1]")
    seen = Model("A gauge.")
    question = Question((Turn("user", (picture(),)),), "sonar")
    assert text_of(await Asking(model=seen, sees=True).ask(question)) == "A gauge."
    [message] = seen.asked[0].messages
    assert [type(part) for part in message.parts] == [MediaPart]


async def test_whole_files_share_the_sentences() -> None:
    both = (file(), file("Whales sing low. They sing all day long. Nobody hears it.", "w.txt"))
    events = await Asking().ask(asked("Summarise these documents.", *both))
    said = text_of(events)
    assert (said.count("[1]"), said.count("[2]")) == (2, 2)


async def test_this_file_is_the_one_that_came_last() -> None:
    first = asked("Summarise this file.", file("Whales sing low. They sing all day.", "w.txt"))
    turns = (*first.turns, Turn("assistant", (TextPart("Whales sing."),)))
    question = Question((*turns, *asked("Summarise this file.", file()).turns), "sonar")
    events = await Asking().ask(question)
    assert [source.title for source in sources_of(events)] == ["buoy.txt"]
    again = Question((*turns, Turn("user", (TextPart("And what else does it say?"),))), "sonar")
    assert [source.title for source in sources_of(await Asking().ask(again))] == ["w.txt"]


def test_sign_without_sentences_is_quoted_by_its_lines() -> None:
    passages = (Passage("p", "NO PARKING\n\nTOW ZONE", "v", 0, 20),)
    result = SearchResult("attachment:s", "s", "", "attachment", passages=passages)
    choice = opening([Source(1, result)], Profile())
    assert "".join(sentence.text for sentence in choice.sentences).startswith("NO PARKING")
    assert choice.confident
    assert not opening([], Profile()).confident


async def test_without_a_search_files_alone_are_quoted() -> None:
    finds = Finds()
    asking = Asking(finds=finds)
    events = await asking.ask(asked("Which ship changes the batteries?", file(), search=False))
    assert "Tangaroa. [1]" in text_of(events)
    assert finds.queries == []
    refused = await asking.ask(asked("Which ship changes the batteries?", search=False))
    assert failure_of(refused).param == "disable_search"


async def test_classifier_leaves_a_question_that_needs_no_search_to_the_file() -> None:
    finds = Finds()
    question = replace(asked("Thank you!", file()), search=SearchOptions(classify=True))
    events = await Asking(finds=finds).ask(question)
    assert finds.queries == []
    assert "ignored_option" not in notices_of(events)


async def test_question_that_the_file_does_not_answer_says_so() -> None:
    events = await Asking().ask(asked("Who composed the opera Tosca?", file()))
    assert text_of(events).startswith(NOT_IN_SOURCES)
    assert "not_in_sources" in notices_of(events)


async def test_long_file_is_searched_to_its_end_and_gives_its_best_passages() -> None:
    long = "\n\n".join(f"Paragraph {n} tells of boats and of nets." * 8 for n in range(2_000))
    events = await Asking().ask(asked("At what depth does it listen?", file(f"{long}\n\n{BUOY}")))
    assert text_of(events).startswith(f"{DEPTH} [1]")
    [source] = sources_of(events)
    assert len(source.passages) <= PASSAGES


async def test_the_page_that_is_found_and_attached_is_one_source() -> None:
    url = "https://a.example/buoy"
    finds = Finds((SearchResult(url, "Found", "The buoy listens."),))
    part = replace(file(), url=url, data=None, name="buoy.txt")
    shelf = Shelf()

    async def read(part: MediaPart, url: str) -> Document:
        return Document(url, "Read", BUOY)

    shelf.read = read  # type: ignore[assignment, method-assign]
    events = await Asking(shelf, finds).ask(asked("At what depth does it listen?", part))
    assert [(one.url, one.kind) for one in sources_of(events)] == [(url, "attachment")]


async def test_broken_file_is_refused_by_name_and_nothing_is_searched() -> None:
    finds = Finds()
    asking = Asking(Shelf(broken=["b.pdf"]), finds)
    events = await asking.ask(asked("How deep?", file(), file("x", "b.pdf")))
    failed = failure_of(events)
    assert (failed.status, failed.code, failed.param) == (400, "invalid_message", "messages")
    assert "b.pdf" in failed.message
    assert finds.queries == []


async def test_videos_and_everything_without_a_reader_are_refused() -> None:
    video = MediaPart("video", url="https://a.example/v.mp4")
    assert "videos" in failure_of(await Asking().ask(asked("What is it?", video))).message
    refused = failure_of(await Asking(None).ask(asked("What is it?", file())))
    assert (refused.status, "hydrophone[web]" in refused.message) == (400, True)


async def test_words_of_a_picture_are_quoted_with_a_notice() -> None:
    said = "The tide gauge was replaced on 4 May 2023."
    asking = Asking(Shelf({"gauge.png": said}))
    events = await asking.ask(asked("When was the tide gauge replaced?", picture()))
    assert text_of(events) == f"{said} [1]"
    notice = next(event for event in events if isinstance(event, Notice))
    assert notice.kind == "read_by_ocr"
    assert "gauge.png" in notice.message
    assert asking.context.meter.usage.prompt_tokens >= 300 * 250 // 750


async def test_without_eyes_a_picture_is_refused_and_told_what_to_do() -> None:
    no_ocr = Asking(Shelf(reads_words=False))
    message = failure_of(await no_ocr.ask(asked("What is it?", picture()))).message
    assert NO_OCR in message
    assert "HYDROPHONE_MODEL_SEES=1" in message
    no_text = failure_of(await Asking().ask(asked("What is it?", picture())))
    assert (no_text.status, "no text was found" in no_text.message) == (400, True)


async def test_picture_of_an_earlier_turn_that_says_nothing_is_left_out_with_a_notice() -> None:
    first = asked("What is it?", picture(), file()).turns[0]
    second = Turn("user", (TextPart("At what depth does it listen?"),))
    question = Question((first, Turn("assistant", (TextPart("A gauge."),)), second), "sonar")
    events = await Asking().ask(question)
    assert notices_of(events) == ["partial"]
    assert text_of(events).startswith(f"{DEPTH} [1]")


async def test_model_that_sees_gets_pictures_by_their_bytes_and_files_as_sources() -> None:
    model = Model()
    by_address = MediaPart("image", url="https://a.example/p.png")
    asking = Asking(model=model, sees=True)
    question = asked("What does the buoy look like?", file(), picture(), by_address)
    events = await asking.ask(question)
    system, user = model.asked[0].messages
    assert DEPTH in system.text
    shown = [part for part in user.parts if isinstance(part, MediaPart)]
    assert [(part.kind, part.url, part.data) for part in shown] == [("image", None, PNG)] * 2
    assert notices_of(events) == []
    assert asking.context.meter.usage.prompt_tokens >= 2 * 100
    assert picture_tokens(model.asked[0].messages) == 200


async def test_model_that_does_not_see_gets_the_words() -> None:
    model = Model()
    shelf = Shelf({"gauge.png": "The gauge stands at nine."})
    events = await Asking(shelf, model=model).ask(asked("Where does the gauge stand?", picture()))
    system, user = model.asked[0].messages
    assert "The gauge stands at nine." in system.text
    assert user.text == "[attached: gauge.png]\nWhere does the gauge stand?"
    assert user.parts == (
        TextPart("[attached: gauge.png]"),
        TextPart("Where does the gauge stand?"),
    )
    assert notices_of(events) == ["read_by_ocr"]


async def test_markers_are_checked_against_files_also_without_a_search() -> None:
    events = await Asking(model=Model()).ask(asked("How deep is it?", file(), search=False))
    assert text_of(events) == "Deep [1]. Far."
    assert [event.n for event in events if isinstance(event, Citation)] == [1]
    assert isinstance(events[-1], Finished)


async def test_reasoning_models_tell_what_they_read() -> None:
    asking = Asking(profile=Profile(thinks=True))
    events = await asking.ask(asked("At what depth does it listen?", file(), search=False))
    thoughts = [event.delta for event in events if isinstance(event, Thinking)]
    assert thoughts[0] == "Read what is attached: buoy.txt.\n"


async def test_report_about_the_whole_begins_with_its_beginning() -> None:
    asking = Asking(profile=Profile(kind="report"), report=True)
    events = await asking.ask(asked("Summarise this file.", file()))
    assert text_of(events).startswith(f"The Kermadec buoy was moored in 2019. [1] {DEPTH} [1]")


async def test_deep_research_takes_files_and_no_pictures() -> None:
    asking = Asking(Shelf({"gauge.png": "Words."}), profile=Profile(kind="report"))
    failed = failure_of(await asking.ask(asked("What is it?", picture())))
    assert (failed.status, "deep research" in failed.message) == (400, True)
    events = await asking.ask(asked("At what depth does it listen?", file()))
    assert isinstance(events[-1], Finished)


def test_those_of_the_last_turn_come_first_and_each_once() -> None:
    old, older, new = file("old", None), file("older", None), file("new", None)
    turns = (
        Turn("user", (older,)),
        Turn("assistant", (TextPart("Yes."),)),
        Turn("user", (old, older)),
        Turn("assistant", (TextPart("Yes."),)),
        Turn("user", (new, TextPart("And?"))),
    )
    items = media_of(Question(turns, "sonar"))
    assert [(item.part, item.url, item.asked) for item in items] == [
        (new, "attachment:file-3", True),
        (old, "attachment:file-2", False),
        (older, "attachment:file-1", False),
    ]
    assert Question(turns, "sonar").has_media
    assert not Question(turns[1:2], "sonar").has_media
