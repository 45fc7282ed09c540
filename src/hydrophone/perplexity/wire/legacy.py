"""The steps of an answer: in `text`, as JSON in a string, and in blocks of a plan.

Steps repeat with every frame what they said before, so each reading replaces the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

_LISTS = ("web_results", "extra_web_results", "chunks")
_REPORT_FIELDS = ("report", "answer", "content", "markdown", "text")


@dataclass(slots=True)
class Steps:
    """What steps say. `result_lists` are in the order in which markers count through them."""

    answer: str | None = None
    report: str | None = None
    prose: str | None = None
    queries: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    questions: list[str] | None = None
    result_lists: list[object] = field(default_factory=list)
    final_lists: list[object] = field(default_factory=list)


def read_text(text: str) -> Steps:
    """The steps in a frame's `text`; prose, which is an answer or an error, stands by itself, and
    so does an answer that is JSON of its own."""
    steps = Steps()
    value = _json(text)
    if isinstance(value, list) and _has_steps(value):
        read_steps(value, steps)
    elif isinstance(value, dict) and _wraps(value):
        _final(value, steps)
    elif value is None or value:
        steps.prose = text if text.strip() else None
    return steps


def read_steps(rows: object, steps: Steps) -> None:
    """Take steps in, of `text` or of a plan; those of unknown kinds are passed over."""
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        kind = str(row.get("step_type") or "")
        content = row.get("content") or row.get(f"{kind.lower()}_content")
        if isinstance(content, dict):
            _step(kind, content, steps)
        elif kind == "FINAL" and isinstance(content, str):
            steps.answer = content


def _step(kind: str, content: Mapping[str, Any], steps: Steps) -> None:
    if kind == "FINAL":
        _final(content, steps)
    elif kind == "SEARCH_WEB":
        steps.queries += _queries(content.get("queries"))
    elif kind in ("SEARCH_RESULTS", "WEB_RESULTS", "READ_RESULTS"):
        steps.result_lists.append(content.get("web_results"))
    elif kind == "THOUGHT":
        thought = content.get("thought") or content.get("text")
        steps.thoughts += [thought] if isinstance(thought, str) else []
    elif kind == "RESEARCH_ANSWER":
        steps.report = _report(content) or steps.report
    elif kind == "RESEARCH_CLARIFYING_QUESTIONS":
        steps.questions = _questions(content)


def _final(content: Mapping[str, Any], steps: Steps) -> None:
    """The answer itself: plain, or once more JSON in a string with the sources beside it."""
    answer = content.get("answer")
    if isinstance(answer, dict):
        content, answer = answer, answer.get("answer")
    elif isinstance(answer, str) and (inner := _wrapped(answer, content)) is not None:
        content, answer = inner, inner.get("answer")
    chunks = content.get("chunks")
    if not answer and isinstance(chunks, list):
        answer = "".join(chunk for chunk in chunks if isinstance(chunk, str))
    if isinstance(answer, str):
        steps.answer = answer
    lists = [content.get("web_results"), content.get("extra_web_results")]
    steps.final_lists += [rows for rows in lists if isinstance(rows, list) and rows]


def _wrapped(answer: str, beside: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an answer is the wrapping of; with sources beside it, one of a single key is none."""
    inner = _json(answer)
    if not isinstance(inner, dict):
        return None
    return inner if _has_lists(inner) or (_wraps(inner) and not _has_lists(beside)) else None


def _has_steps(rows: list[object]) -> bool:
    return any(isinstance(row, dict) and "step_type" in row for row in rows)


def _has_lists(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(name), list) for name in _LISTS)


def _wraps(value: Mapping[str, Any]) -> bool:
    """Whether this is an answer with what belongs to it, and not an answer that is JSON."""
    return _has_lists(value) or (set(value) == {"answer"} and isinstance(value["answer"], str))


def _report(content: Mapping[str, Any]) -> str | None:
    for name in _REPORT_FIELDS:
        value = content.get(name)
        inner = _json(value) if isinstance(value, str) else value
        if isinstance(inner, dict) and (found := _report(inner)):
            return found
        if isinstance(value, str) and value and not isinstance(inner, dict | list):
            return value
    return None


def _queries(rows: object) -> Iterator[str]:
    for row in rows if isinstance(rows, list) else ():
        query = row.get("query") if isinstance(row, dict) else row
        if isinstance(query, str) and query:
            yield query


def _questions(content: Mapping[str, Any]) -> list[str]:
    """The questions that research asks back, in the forms that they came in over the years."""
    rows = content.get("questions") or content.get("clarifying_questions")
    if isinstance(rows, str):
        rows = [rows]
    if not isinstance(rows, list):
        rows = [one for one in content.values() if isinstance(one, str) and "?" in one]
    found = (_question(row) for row in rows)
    return [question for question in found if question]


def _question(row: object) -> str:
    if isinstance(row, dict):
        for name in ("question_text", "question", "text", "title"):
            if isinstance(row.get(name), str) and row[name]:
                return str(row[name])
        return next((one for one in row.values() if isinstance(one, str) and "?" in one), "")
    return row if isinstance(row, str) else ""


def _json(text: str) -> Any:
    """The list or object in a string; None when it is prose."""
    if text.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, list | dict) else None
