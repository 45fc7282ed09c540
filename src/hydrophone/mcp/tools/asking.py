"""The tools that answer questions: perplexity_ask, perplexity_reason and perplexity_research."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from hydrophone.mcp.calls import Desk
from hydrophone.mcp.tools.answer import AnswerSoFar
from hydrophone.mcp.tools.models import BEST, DEEP_RESEARCH, REASONING, find_model
from hydrophone.mcp.tools.progress import Progress
from hydrophone.mcp.tools.question import (
    Asked,
    Collections,
    ContextSizeOption,
    DomainFilter,
    EffortOption,
    Messages,
    Model,
    Query,
    RecencyFilter,
    SourceFocus,
    StripThinking,
    to_question,
)
from hydrophone.mcp.tools.results import AnswerResult


async def perplexity_ask(
    ctx: Context[Desk, Any],
    query: Query = None,
    messages: Messages = None,
    model: Model = BEST,
    source_focus: SourceFocus = "web",
    collections: Collections = None,
    search_recency_filter: RecencyFilter = None,
    search_domain_filter: DomainFilter = None,
    search_context_size: ContextSizeOption = None,
) -> AnswerResult:
    """Answer a question from own documents and the web, with numbered citations that were checked.

    The quickest of the asking tools: for facts, summaries and explanations. For a question that
    needs many steps of searching use perplexity_research, for one that needs thinking
    perplexity_reason, for pages without an answer perplexity_search.
    """
    asked = Asked(
        query,
        messages,
        focus=source_focus,
        collections=collections,
        recency=search_recency_filter,
        domains=search_domain_filter,
        context_size=search_context_size,
    )
    return await answer(ctx, asked, model)


async def perplexity_reason(
    ctx: Context[Desk, Any],
    query: Query = None,
    messages: Messages = None,
    source_focus: SourceFocus = "web",
    collections: Collections = None,
    search_recency_filter: RecencyFilter = None,
    search_domain_filter: DomainFilter = None,
    search_context_size: ContextSizeOption = None,
    strip_thinking: StripThinking = True,
) -> AnswerResult:
    """Answer a question that needs to be thought through, with numbered citations.

    For comparisons, causes and conclusions from several facts. Slower than perplexity_ask.
    """
    asked = Asked(
        query,
        messages,
        focus=source_focus,
        collections=collections,
        recency=search_recency_filter,
        domains=search_domain_filter,
        context_size=search_context_size,
    )
    return await answer(ctx, asked, REASONING, with_thoughts=not strip_thinking)


async def perplexity_research(
    ctx: Context[Desk, Any],
    query: Query = None,
    messages: Messages = None,
    source_focus: SourceFocus = "web",
    collections: Collections = None,
    reasoning_effort: EffortOption = None,
    strip_thinking: StripThinking = True,
) -> AnswerResult:
    """Research a topic in many searches and write a report with numbered citations.

    For overviews and investigations. Slow: it can take minutes, and tells of its progress.
    """
    asked = Asked(
        query, messages, focus=source_focus, collections=collections, effort=reasoning_effort
    )
    return await answer(ctx, asked, DEEP_RESEARCH, with_thoughts=not strip_thinking)


async def answer(
    ctx: Context[Desk, Any], asked: Asked, model: str, *, with_thoughts: bool = False
) -> CallToolResult:
    """Have the house answer, and tell of its progress. Raises what the house raises."""
    desk = ctx.request_context.lifespan_context
    question = to_question(asked, model)
    so_far, progress = AnswerSoFar(with_thoughts=with_thoughts), Progress(ctx.report_progress)
    with desk.calls.running(ctx.request_context) as context:
        async with progress.beating():
            house = await desk.house()
            answering, notice = find_model(
                model,
                house.models,
                default=desk.default_model,
                session=context.credential is not None,
            )
            if notice is not None:
                so_far.note(notice)
            question = replace(question, model=answering)
            async with house.answerer.answer(question, context) as events:
                async for event in events:
                    so_far.take(event)
                    await progress.take(event)
    return so_far.result(answering)
