"""The tools where Perplexity's web session is all that answers: what it can do, and no more."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from mcp.server.mcpserver import Context
from pydantic import Field

from hydrophone.mcp.calls import Desk
from hydrophone.mcp.tools.asking import answer
from hydrophone.mcp.tools.models import BEST, RESEARCH
from hydrophone.mcp.tools.question import Asked, Messages, Query, RecencyFilter
from hydrophone.mcp.tools.results import AnswerResult

INSTRUCTIONS = (
    "Answers come from the user's own Perplexity account, with the sources that it found. "
    "perplexity_ask answers a question, perplexity_research writes a report (minutes, and of a "
    "quota of its own). Both only read."
)
Model = Annotated[
    str,
    Field(
        description="`best` lets Perplexity choose; `research`, or one of its models such as "
        "`sonar`, `gpt52`, `claude_sonnet`, `gemini-3.1-pro`."
    ),
]
Focus: TypeAlias = Literal["web", "academic", "social", "finance", "all"]
SourceFocus = Annotated[
    Focus,
    Field(
        description="What is searched: `web`, `academic`, `social`, `finance` (company filings), "
        "or `all` (web, academic and social)."
    ),
]


async def perplexity_ask(
    ctx: Context[Desk, Any],
    query: Query = None,
    messages: Messages = None,
    model: Model = BEST,
    source_focus: SourceFocus = "web",
    search_recency_filter: RecencyFilter = None,
) -> AnswerResult:
    """Answer a question by Perplexity, from the web of this moment, with numbered sources.

    For a question that needs many steps of searching use perplexity_research.
    """
    asked = Asked(query, messages, focus=source_focus, recency=search_recency_filter)
    return await answer(ctx, asked, model)


async def perplexity_research(
    ctx: Context[Desk, Any],
    query: Query = None,
    messages: Messages = None,
    source_focus: SourceFocus = "web",
) -> AnswerResult:
    """Have Perplexity research a topic in many searches and write a report with numbered sources.

    For overviews and investigations. Slow: it can take minutes, and tells of its progress.
    """
    return await answer(ctx, Asked(query, messages, focus=source_focus), RESEARCH)
