"""`langchain-perplexity`: the chat model, the retriever and the tool."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_perplexity import (
    ChatPerplexity,
    MediaResponse,
    MediaResponseOverrides,
    PerplexitySearchResults,
    PerplexitySearchRetriever,
    UserLocation,
    WebSearchOptions,
)
from outcomes import DEPTH_TOOL, KEY, QUESTION, Scenario, play
from pydantic import BaseModel


class Facts(BaseModel):
    """What the structured answer holds."""

    animal: str
    hertz: int


def model(name: str = "sonar", **options: Any) -> ChatPerplexity:
    return ChatPerplexity(model=name, api_key=KEY, max_retries=0, **options)


def told(message: Any) -> dict[str, Any]:
    return {
        "text": message.content,
        "usage": message.usage_metadata,
        "metadata": message.response_metadata,
        **message.additional_kwargs,
    }


def folded(chunks: list[Any]) -> dict[str, Any]:
    """The chunks added up, as LangChain adds them."""
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return told(whole) | {"pieces": [chunk.content for chunk in chunks]}


def whole(name: str = "sonar", **options: Any) -> dict[str, Any]:
    return told(model(name, **options).invoke(QUESTION))


def streamed(name: str = "sonar", **options: Any) -> dict[str, Any]:
    return folded(list(model(name, **options).stream(QUESTION)))


async def whole_async() -> dict[str, Any]:
    return told(await model().ainvoke(QUESTION))


async def streamed_async() -> dict[str, Any]:
    return folded([chunk async for chunk in model().astream(QUESTION)])


def structured() -> dict[str, Any]:
    made = model("local/tiny").with_structured_output(Facts).invoke(QUESTION)
    return made.model_dump() if isinstance(made, Facts) else {"made": str(made)}


def called() -> Any:
    """Streamed: of a whole answer this client drops the calls."""
    asked = model("local/caller").bind_tools([DEPTH_TOOL])
    return folded(list(asked.stream(QUESTION)))["tool_calls"]


def conversation() -> dict[str, Any]:
    turns: list[Any] = [("system", "Be brief."), ("human", "Hello"), AIMessage("Hello.")]
    return told(model().invoke([*turns, ("human", QUESTION)]))


def asking_for(**media: bool) -> MediaResponse:
    return MediaResponse(overrides=MediaResponseOverrides(**media))


def filtered(**options: Any) -> Scenario:
    """The client leaves out what is empty."""
    return lambda: whole(**options).get("citations", [])


def retrieved(**options: Any) -> list[dict[str, Any]]:
    found = PerplexitySearchRetriever(pplx_api_key=KEY, **options).invoke("blue whale")
    return [{"text": document.page_content, **document.metadata} for document in found]


def by_tool() -> Any:
    return PerplexitySearchResults(pplx_api_key=KEY).invoke({"query": "blue whale"})


def agent(name: str = "sonar", **options: Any) -> ChatPerplexity:
    return model(name, use_responses_api=True, **options)


async def agent_async() -> dict[str, Any]:
    return told(await agent().ainvoke(QUESTION, preset="fast"))


async def agent_streamed_async() -> dict[str, Any]:
    return folded([chunk async for chunk in agent().astream(QUESTION, preset="fast")])


def agent_with_a_tool() -> dict[str, Any]:
    """A tool that chat does not have is what leads this client to the Agent API by itself."""
    return told(model("openai/gpt-5.4").bind_tools([{"type": "web_search"}]).invoke(QUESTION))


def agent_called(*, stream: bool) -> Any:
    asked = agent("local/caller").bind_tools([DEPTH_TOOL])
    if not stream:
        return asked.invoke(QUESTION).tool_calls
    whole, *chunks = asked.stream(QUESTION)
    for chunk in chunks:
        whole += chunk
    return whole.tool_calls


def agent_after_a_call() -> dict[str, Any]:
    """A function's result brought back, as programs with tools do it."""
    asked = agent("local/caller").bind_tools([DEPTH_TOOL])
    said = asked.invoke(QUESTION)
    result = ToolMessage("315 m", tool_call_id=said.tool_calls[0]["id"])
    return told(asked.invoke([HumanMessage(QUESTION), said, result]))


PLACE = UserLocation(latitude=48.4, longitude=-4.5, country="FR", city="Brest")
EXTRAS: dict[str, Any] = {"return_images": True, "return_related_questions": True}
SCENARIOS: dict[str, Scenario] = {
    "whole": whole,
    "streamed": streamed,
    "whole async": whole_async,
    "streamed async": streamed_async,
    "conversation": conversation,
    "rich": lambda: whole("scripted/rich", **EXTRAS),
    "rich streamed": lambda: streamed("scripted/rich", **EXTRAS),
    "images": lambda: streamed(media_response=asking_for(return_images=True)),
    "videos": lambda: whole("scripted/rich", media_response=asking_for(return_videos=True)),
    "videos streamed": lambda: streamed(
        "scripted/rich", media_response=asking_for(return_videos=True)
    ),
    "options": lambda: whole(
        web_search_options=WebSearchOptions(search_context_size="high", user_location=PLACE)
    ),
    "structured": structured,
    "called": called,
    "only .gov": filtered(search_domain_filter=[".gov"]),
    "since 2025": filtered(search_after_date_filter="01/01/2025"),
    "changed in 2024": filtered(
        last_updated_after_filter="01/01/2024", last_updated_before_filter="12/31/2024"
    ),
    "this day": filtered(search_recency_filter="day", search_mode="web"),
    "retrieved": lambda: retrieved(k=2),
    "retrieved of .gov": lambda: retrieved(search_domain_filter=[".gov"]),
    "by tool": by_tool,
    "unknown model": lambda: whole("gpt-2"),
    "wrong key": lambda: told(ChatPerplexity(api_key="wrong", max_retries=0).invoke(QUESTION)),
    "limited": lambda: whole("scripted/limited"),
    "broken": lambda: streamed("scripted/broken"),
    "agent": lambda: told(agent().invoke(QUESTION, preset="fast")),
    "agent streamed": lambda: folded(list(agent().stream(QUESTION, preset="fast"))),
    "agent async": agent_async,
    "agent streamed async": agent_streamed_async,
    "agent with a tool": agent_with_a_tool,
    "agent called": lambda: agent_called(stream=False),
    "agent called streamed": lambda: agent_called(stream=True),
    "agent after a call": agent_after_a_call,
    "agent limited": lambda: told(agent("scripted/limited").invoke(QUESTION)),
    "agent broken": lambda: folded(list(agent("scripted/broken").stream(QUESTION))),
}

if __name__ == "__main__":
    play(SCENARIOS)
