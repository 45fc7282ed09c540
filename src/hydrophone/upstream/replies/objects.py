"""From the objects of the Agent API to values of ours. What is missing reads as empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import get_args

from hydrophone.fetch.json_api import Fields
from hydrophone.search.providers.shapes import passage_of
from hydrophone.types import (
    Cost,
    FinishReason,
    Image,
    Meter,
    Notice,
    NoticeKind,
    SearchResult,
)
from hydrophone.upstream.replies.numbering import Found

_SEARCHES = ("search_web", "web_search", "search_people", "people_search", "finance_search")
_PAGES = ("fetch_url",)
_ATTACHED = "attachment:"
_SCHEMES = ("http", "https", "file", "attachment")
_NOTICES: Mapping[str, NoticeKind] = {kind: kind for kind in get_args(NoticeKind)}
_LONGEST_COUNT = 1_000_000_000
_CUT_BY: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


def results_of(holder: Fields, name: str) -> list[Found]:
    """The results of an event or an item; `name` is `results` or `contents`."""
    return list(_results(holder, name))


def _results(holder: Fields, name: str) -> Iterator[Found]:
    for item in holder.objects(name):
        if not is_address(item.text("url")):
            continue
        number = item.number("id")
        yield Found(int(number) if number and number >= 1 else None, result_of(item))


def is_address(url: str) -> bool:
    """Whether this can be a source: a page, or a file of a server such as this one; no script."""
    scheme, colon, _ = url.partition(":")
    return bool(url) and (not colon or scheme.lower() in _SCHEMES or not scheme.isalnum())


def result_of(item: Fields) -> SearchResult:
    """One search result; its snippet is a text that can be quoted."""
    url, snippet = item.text("url"), item.text("snippet")
    return SearchResult(
        url=url,
        title=item.text("title") or url,
        snippet=snippet,
        kind="attachment" if url.startswith(_ATTACHED) else "web",
        published=day_of(item.text("date")),
        modified=day_of(item.text("last_updated")),
        passages=(passage_of(snippet),) if snippet else (),
    )


def day_of(text: str) -> datetime | None:
    """A date or a moment in ISO 8601 as UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def images_of(holder: Fields) -> tuple[Image, ...]:
    """The images of an event or an item."""
    found = []
    for item in [*holder.objects("results"), *holder.objects("images")]:
        url = item.text("image_url") or item.text("url")
        if is_address(url):
            origin = item.text("origin_url") or item.text("source_url") or url
            size = (_count(item, "width") or None, _count(item, "height") or None)
            found.append(Image(url, origin, item.text("title"), *size))
    return tuple(found)


def notices_of(response: Fields) -> Iterator[Notice]:
    """What the other side tells of its answer, when it is a server such as this one."""
    for one in response.objects("notices"):
        if (kind := _NOTICES.get(one.text("type"))) is not None:
            yield Notice(kind, one.text("message"))


def meter_usage(usage: Fields, meter: Meter) -> None:
    """Count what a run has used."""
    tools = usage.inner("tool_calls_details")
    meter.add(
        prompt_tokens=_count(usage, "input_tokens"),
        completion_tokens=_count(usage, "output_tokens"),
        reasoning_tokens=_count(usage.inner("output_tokens_details"), "reasoning_tokens"),
        citation_tokens=_count(usage.inner("input_tokens_details"), "citation_tokens"),
        search_queries=sum(_count(tools.inner(name), "invocation") for name in _SEARCHES),
        pages_read=sum(_count(tools.inner(name), "invocation") for name in _PAGES),
    )


def charged(usage: Fields) -> Cost | None:
    """What the run cost; what is neither of the prompt nor of the answer is the request's fee."""
    cost = usage.inner("cost")
    total = cost.number("total_cost")
    if total is None:
        return None
    read, written = cost.number("input_cost") or 0.0, cost.number("output_cost") or 0.0
    return Cost(input_usd=read, output_usd=written, request_usd=max(0.0, total - read - written))


def why_incomplete(response: Fields) -> tuple[FinishReason, str]:
    """Why an answer that is not whole has ended, and their word for it."""
    reason = response.inner("incomplete_details").text("reason")
    return _CUT_BY.get(reason, "length"), reason


def text_of(item: Fields) -> str:
    """The text of a message."""
    return "".join(map(text_of_part, item.objects("content")))


def text_of_part(part: Fields) -> str:
    """The text of a part of a message; others than texts have none."""
    return part.as_is("text") if part.text("type") == "output_text" else ""


def _count(holder: Fields, name: str) -> int:
    number = holder.number(name)
    return int(number) if number is not None and 0 < number < _LONGEST_COUNT else 0
