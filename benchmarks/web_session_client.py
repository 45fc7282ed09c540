"""One client of Perplexity's web session, measured from within; web_session.py runs it.

    python web_session_client.py PACKAGE TOKEN research|streams

Ours and the published package have the same names. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

STREAMS = 3


def main() -> None:
    """Measure, and print the figures."""
    package, token, what = sys.argv[1:]
    library = import_module(package)
    config = library.ClientConfig(requests_per_second=0, max_retries=0, timeout=300)
    with library.Perplexity(token, config) as client:
        _ask(client, "Warm up")
        measured = _research(client) if what == "research" else _streams(client)
    print(json.dumps(measured))


def _ask(client: Any, query: str) -> int:
    """The characters of an answer that is read while it comes in."""
    conversation = client.create_conversation()
    for _ in conversation.ask(query, stream=True):
        pass
    return len(conversation.answer or "")


def _research(client: Any) -> dict[str, float]:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    chars = _ask(client, "Research")
    return {
        "cpu_s": time.process_time() - cpu_s,
        "wall_s": time.perf_counter() - wall_s,
        "chars": chars,
    }


def _streams(client: Any) -> dict[str, float]:
    began = time.perf_counter()
    _ask(client, "Slow")
    one_s = time.perf_counter() - began
    began = time.perf_counter()
    with ThreadPoolExecutor(STREAMS) as pool:
        list(pool.map(lambda _: _ask(client, "Slow"), range(STREAMS)))
    return {"one_s": one_s, "all_s": time.perf_counter() - began}


if __name__ == "__main__":
    main()
