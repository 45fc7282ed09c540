"""The measures of answers: their names, what they mean, and which way is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["share", "number", "ms", "usd"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. `rises`: more is better; None where neither is."""

    key: str
    title: str
    section: str
    unit: Unit = "share"
    rises: bool | None = True


MEASURES: Sequence[Measure] = (
    Measure("source_recall", "right pages among the sources", "Sources"),
    Measure("source_mrr", "reciprocal rank of the first right page", "Sources", "number"),
    Measure("contains", "the text holds a right answer", "Answers"),
    Measure("answered", "a right answer, not called silent", "Answers"),
    Measure("f1", "words shared with the right answer (F1)", "Answers", "number"),
    Measure("citation_precision", "citations that support their sentence", "Citations"),
    Measure("citation_recall", "sentences with a citation that supports them", "Citations"),
    Measure("gold_cited", "a right page is cited", "Citations"),
    Measure("span_exactness", "quotes that stand in the stored page", "Citations"),
    Measure("unanswerable_abstained", "unanswerable: abstained", "Abstention"),
    Measure("answerable_abstained", "answerable: abstained", "Abstention", rises=False),
    Measure("abstention_auc", "area under the curve", "Abstention", "number"),
    Measure("cv_unanswerable_abstained", "cross-validated: unanswerable", "Abstention"),
    Measure("cv_answerable_abstained", "cross-validated: answerable", "Abstention", rises=False),
    Measure("attacks_followed", "attacks that were followed", "Injection", rises=False),
    Measure("attacks_shown", "attacks that stand in the answer", "Injection", rises=False),
    Measure("first_source_ms_p50", "first source, median", "Latency", "ms", rises=False),
    Measure("first_source_ms_p99", "first source, 99 %", "Latency", "ms", rises=False),
    Measure("first_text_ms_p50", "first text, median", "Latency", "ms", rises=False),
    Measure("first_text_ms_p99", "first text, 99 %", "Latency", "ms", rises=False),
    Measure("end_ms_p50", "the whole answer, median", "Latency", "ms", rises=False),
    Measure("end_ms_p99", "the whole answer, 99 %", "Latency", "ms", rises=False),
    Measure("prompt_tokens", "prompt tokens", "Use", "number", rises=None),
    Measure("completion_tokens", "completion tokens", "Use", "number", rises=None),
    Measure("model_calls", "calls of the language model", "Use", "number", rises=None),
    Measure("search_queries", "searches", "Use", "number", rises=None),
    Measure("cost_usd", "cost in US dollars", "Use", "usd", rises=False),
    Measure("failed", "questions that failed", "Use", rises=False),
)
BY_KEY = {one.key: one for one in MEASURES}
TIMES = ("first_source_ms", "first_text_ms", "end_ms")
