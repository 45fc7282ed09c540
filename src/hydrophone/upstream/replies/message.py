"""The text of a run: with our numbers in its marks, and its citations at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydrophone.fetch.json_api import Fields
from hydrophone.llm.openai.thinking import ThoughtSplitter
from hydrophone.types import Citation, Event, Revision, Source, Sources, Span, Text, Thinking
from hydrophone.upstream.replies.citing import Cited, citations_of
from hydrophone.upstream.replies.numbering import Marks, Numbering
from hydrophone.upstream.replies.objects import is_address, result_of, text_of, text_of_part


@dataclass(frozen=True, slots=True)
class _Annotation:
    """A `url_citation`; its span is in their text."""

    source: Source
    span: Span
    fields: Fields


class Message:
    """Takes the text in pieces, in messages, and at last as a whole; says it once.

    `begun`: the sources are told, and text has come or may come. `prose` False: the text is in a
    format of the caller's, and has no marks.
    """

    def __init__(self, numbering: Numbering, *, prose: bool) -> None:
        self.begun = False
        self._numbering = numbering
        self._prose = prose
        self._thoughts = ThoughtSplitter()
        self._marks = Marks(numbering, prose=prose)
        self._said: list[str] = []
        self._of_message: list[str] = []
        self._before_message = 0
        self._shown: list[str] = []
        self._annotations: list[_Annotation] = []
        self._has_thoughts = False

    def delta(self, piece: str) -> Iterator[Event]:
        """A piece of the text."""
        if not piece:
            return
        self._said.append(piece)
        self._of_message.append(piece)
        yield from self._tell(*self._thoughts.feed(piece))

    def done(self, item: Fields) -> Iterator[Event]:
        """A message is whole: what of it was not streamed, and its annotations."""
        text, said = text_of(item), "".join(self._of_message)
        if text.startswith(said):
            yield from self.delta(text[len(said) :])
        yield from self._note(item)
        self._before_message += sum(map(len, self._of_message))
        self._of_message.clear()

    def end(self, output: Sequence[Fields]) -> Iterator[Event]:
        """The run has ended with this output. What of it was said otherwise is revised."""
        messages = [item for item in output if item.text("type") == "message"]
        text, said = "".join(map(text_of, messages)), "".join(self._said)
        if text.startswith(said):
            yield from self.delta(text[len(said) :])
        yield from self._tell(*self._thoughts.close())
        yield from self._show(self._marks.close())
        if text and not text.startswith(said):
            yield self._revised(text)
            return
        if not self._annotations and len(messages) == 1:
            yield from self._note(messages[0])
        yield from self._citations("".join(self._shown), self._marks)

    def _tell(self, answer: str, thought: str) -> Iterator[Event]:
        if thought:
            self._has_thoughts = True
            yield Thinking(thought)
        yield from self._show(self._marks.feed(answer))

    def _show(self, text: str) -> Iterator[Event]:
        if text:
            self._shown.append(text)
            yield Text(text)

    def _note(self, item: Fields) -> Iterator[Event]:
        """Note the annotations of a message; pages that nothing else has named become sources."""
        before = self._before_message
        for part in item.objects("content"):
            for one in part.objects("annotations"):
                start, end = one.number("start_index"), one.number("end_index")
                if start is None or end is None or not 0 <= start < end:
                    continue
                if not is_address(one.text("url")):
                    continue
                source, new = self._numbering.cite(result_of(one))
                if new is not None:
                    yield Sources((new,))
                span = Span(before + int(start), before + int(end))
                self._annotations.append(_Annotation(source, span, one))
            before += len(text_of_part(part))

    def _citations(self, text: str, marks: Marks) -> Iterator[Citation]:
        taken = marks.taken() if self._prose else []
        cited = [Cited(mark.n, Span(mark.start, mark.end), is_mark=True) for mark in taken]
        if self._annotations and not self._has_thoughts:  # else their offsets mean nothing here
            cited = [
                Cited(
                    one.source.n,
                    marks.span(one.span),
                    quote=one.fields.text("quote"),
                    verdict=one.fields.text("verdict"),
                )
                for one in self._annotations
            ]
        yield from citations_of(text, cited, self._numbering.by_number())

    def _revised(self, text: str) -> Revision:
        splitter, marks = ThoughtSplitter(), Marks(self._numbering, prose=self._prose)
        answer = splitter.feed(text)[0] + splitter.close()[0]
        shown = marks.feed(answer) + marks.close()
        return Revision(shown, tuple(self._citations(shown, marks)))
