"""Language models behind any OpenAI-compatible endpoint: Ollama, vLLM, llama.cpp, hosted ones.

`client` is the ChatModel, `transport` sends with deadlines, `retries` tries again, `wire` knows the
bodies, `sse` and `thinking` read streams, `failures` turns an endpoint's refusals into ours,
`discover` finds endpoints on this machine. aiohttp is imported by the first request.
"""

from hydrophone.llm.openai.client import OpenAIModel
from hydrophone.llm.openai.discover import FoundEndpoint, find_local_endpoints
from hydrophone.llm.openai.failures import Limits

__all__ = ["FoundEndpoint", "Limits", "OpenAIModel", "find_local_endpoints"]
