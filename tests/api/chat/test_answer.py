"""What an answer is made of, event by event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.head import ChatHead
from hydrophone.api.chat.shapes import image_object, search_result, video_object
from hydrophone.ports import ModelCard
from hydrophone.types import (
    Event,
    Extras,
    Finished,
    Image,
    Media,
    Meter,
    Related,
    Revision,
    SearchOptions,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
    Usage,
    Video,
    ask,
)
from tests.api.serving import PROOF, SOURCE

CARD = ModelCard("sonar", 0, "hydrophone")
HEAD = ChatHead("id-1", 1_790_000_000, ask("?", model="sonar"), CARD)
ALOUD = replace(HEAD, card=replace(CARD, thinks_aloud=True))
AUTO = replace(HEAD, question=replace(HEAD.question, search=SearchOptions(depth="auto")))
FOUND = Sources((SOURCE,), complete=True)
END = Finished("stop", Usage())


def answer_of(*events: Event, aloud: bool = True) -> tuple[AnswerSoFar, list[str]]:
    """The answer after the events, and what each added to its content."""
    answer = AnswerSoFar(aloud=aloud)
    return answer, [answer.take(event) for event in events]


def wanting(**extras: bool) -> ChatHead:
    """The head of an answer to somebody who asked for more than text."""
    return replace(HEAD, question=replace(HEAD.question, extras=Extras(**extras)))


def message_of(*events: Event, head: ChatHead = ALOUD) -> Any:
    return answer_of(*events, aloud=head.thinks_aloud)[0].message(head, Meter())


def test_thoughts_aloud_stand_before_the_text() -> None:
    answer, added = answer_of(Thinking("Let "), Thinking("me."), FOUND, Text("So."), Text("!"), END)
    assert added == ["<think>\nLet ", "me.", "", "\n</think>\n\nSo.", "!", ""]
    assert answer.text == "".join(added)
    assert "reasoning_content" not in answer.message(ALOUD, Meter())


@pytest.mark.parametrize("last", [END, ToolCallDelta(0, "c", "f", "{}")], ids=["end", "tool call"])
def test_a_thought_is_ended_also_when_no_text_follows(last: Event) -> None:
    answer, added = answer_of(Thinking("Hm."), last)
    assert added == ["<think>\nHm.", "\n</think>\n\n"]
    assert answer.text == "".join(added)


def test_what_is_thought_after_the_text_began_stands_beside_it() -> None:
    """A second block would move the places that proofs name."""
    message = message_of(FOUND, Text("So."), Thinking("Wait."), Text(" Yes."), END)
    assert message["content"] == "So. Yes."
    assert message["reasoning_content"] == "Wait."


def test_without_thoughts_there_is_no_block() -> None:
    assert message_of(FOUND, Text("So."), END)["content"] == "So."


def test_a_revision_leaves_the_thoughts_alone() -> None:
    message = message_of(Thinking("Hm."), FOUND, Text("Wrong."), Revision("Right.", ()), END)
    assert message["content"] == "<think>\nHm.\n</think>\n\nRight."


def test_a_revision_in_place_of_a_text_ends_the_thought() -> None:
    message = message_of(Thinking("Hm."), FOUND, Revision("Right.", ()), END)
    assert message["content"] == "<think>\nHm.\n</think>\n\nRight."


def test_proofs_name_their_place_in_the_content() -> None:
    message = message_of(Thinking("Whale 🐋?"), FOUND, Text("Whales sing. [1]"), PROOF, END)
    place = message["annotations"][0]["url_citation"]
    assert message["content"][place["start_index"] : place["end_index"]] == "Whales sing."


def test_a_result_has_dates_only_where_they_are_known() -> None:
    assert search_result(SearchResult("https://a.example/", "A", "a", "academic")) == {
        "title": "A",
        "url": "https://a.example/",
        "snippet": "a",
        "content": "a",
        "source": "web",
    }
    assert search_result(SearchResult("f", "F", "", "attachment"))["source"] == "attachment"


def test_an_image_has_numbers_also_where_its_size_is_unknown() -> None:
    """@ai-sdk/perplexity refuses a whole answer for an image without them."""
    assert image_object(Image("https://a.example/1.png", "https://a.example/")) == {
        "image_url": "https://a.example/1.png",
        "origin_url": "https://a.example/",
        "title": "",
        "width": 0,
        "height": 0,
    }


def test_a_video_tells_what_is_known_of_it() -> None:
    assert video_object(Video("https://a.example/v")) == {"url": "https://a.example/v"}
    assert video_object(Video("v", "t", 320, 180, 12.5)) == {
        "url": "v",
        "thumbnail_url": "t",
        "thumbnail_width": 320,
        "thumbnail_height": 180,
        "duration": 12.5,
    }


def test_extras_are_shown_to_those_who_asked_for_them() -> None:
    media = Media((Image("i", "o"),), (Video("v"),))
    answer, _ = answer_of(media, Related(("Why?", "How?")), Related(("How?", "When?")))
    assert answer.extras(HEAD) == {}
    shown = answer.extras(wanting(images=True, videos=True, related=True))
    assert shown["images"] == [image_object(media.images[0])]
    assert shown["videos"] == [{"url": "v"}]
    assert shown["related_questions"] == ["Why?", "How?", "When?"]


def test_what_was_asked_for_and_not_found_is_an_empty_list() -> None:
    answer, _ = answer_of()
    assert answer.extras(wanting(images=True, related=True)) == {
        "images": [],
        "related_questions": [],
    }


def test_a_search_tells_what_it_looked_for_and_found() -> None:
    steps = [Step("1", "web_search", queries=("a", "b")), StepResult("1", hits=(SOURCE.result,))]
    [step] = message_of(*steps, FOUND, END)["reasoning_steps"]
    assert step == {
        "thought": "Searching for: a; b",
        "type": "web_search",
        "web_search": {
            "search_keywords": ["a", "b"],
            "search_results": [search_result(SOURCE.result)],
        },
    }


def test_a_reading_tells_of_its_pages_what_is_known() -> None:
    read = StepResult("1", pages=(SOURCE.result.url, "https://new.example/"))
    [step] = message_of(Step("1", "fetch_url", "I read.", urls=("u",)), read, FOUND, END)[
        "reasoning_steps"
    ]
    assert step["thought"] == "I read."
    first, second = step["fetch_url_content"]["contents"]
    assert first == search_result(SOURCE.result)
    assert (second["url"], second["title"], second["snippet"]) == ("https://new.example/", "", "")


def test_other_steps_are_told_by_their_thought_or_not_at_all() -> None:
    steps = [Step("1", "understand"), Step("2", "think", "Two parts."), StepResult("2")]
    assert message_of(*steps, FOUND, END)["reasoning_steps"] == [
        {"thought": "Two parts.", "type": "think"}
    ]


def test_a_search_that_never_ended_has_found_nothing() -> None:
    [step] = message_of(Step("1", "web_search", queries=("a",)), FOUND, END)["reasoning_steps"]
    assert step["web_search"]["search_results"] == []


def test_a_result_of_no_step_is_nothing() -> None:
    answer, _ = answer_of(stray := StepResult("9"))
    assert answer.step_told_by(stray) is None
    assert answer.reasoning_steps() == []


def test_steps_are_shown_with_pro_search_and_reasoning_models_only() -> None:
    answer, _ = answer_of(Step("1", "web_search", queries=("a",)), StepResult("1"))
    pro, fast = Meter(), Meter()
    pro.pro_search = True
    assert "reasoning_steps" not in answer.message(HEAD, fast)
    assert "reasoning_steps" not in answer.message(AUTO, fast)
    assert "reasoning_steps" in answer.message(AUTO, pro)
    assert "reasoning_steps" in answer.message(ALOUD, fast)


def test_the_kind_of_search_is_told_to_those_who_chose_one() -> None:
    answer, _ = answer_of(Step("0", "understand", "Two parts."))
    pro, fast = Meter(), Meter()
    pro.pro_search = True
    reason = {"classification_reason": "Two parts."}
    assert answer.search_metadata(HEAD, pro) is None
    assert answer.search_metadata(AUTO, pro) == {"search_type_used": "pro"} | reason
    assert answer.search_metadata(AUTO, fast) == {"search_type_used": "fast"} | reason
    assert answer_of()[0].search_metadata(AUTO, fast) == {"search_type_used": "fast"}


def test_a_source_that_comes_again_keeps_its_place() -> None:
    other = Source(2, SearchResult("https://b.example/", "B", "b"))
    answer, _ = answer_of(Sources((SOURCE, other)), Sources((SOURCE,), complete=True))
    assert answer.citations_array() == [SOURCE.result.url, "https://b.example/"]
