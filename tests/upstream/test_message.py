"""The text of a run, taken in by hand: what the emulator's messages do not have."""

from __future__ import annotations

from hydrophone.fetch.json_api import Fields
from hydrophone.types import Citation, Sources, Text
from hydrophone.upstream.replies.message import Message
from hydrophone.upstream.replies.numbering import Numbering


def test_annotations_count_from_the_beginning_of_their_part() -> None:
    url = "https://whales.example/"
    cited = {"url": url, "snippet": "They sing.", "start_index": 0, "end_index": 12}
    parts = [
        {"type": "output_text", "text": "Whales swim. "},
        {"type": "output_text", "text": "They sing. And dive.", "annotations": [cited]},
    ]
    item = Fields({"type": "message", "content": parts})
    message = Message(Numbering(), prose=True)
    events = [*message.done(item), *message.end([item])]
    text = "".join(event.delta for event in events if isinstance(event, Text))
    assert text == "Whales swim. They sing. And dive."
    [told] = [event for event in events if isinstance(event, Sources)]
    assert [source.result.url for source in told.items] == [url]
    [citation] = [event for event in events if isinstance(event, Citation)]
    assert citation.answer_span is not None
    assert text[citation.answer_span.start :].startswith("They sing.")
