"""The pieces of benchmarks/gateway.py: a model that answers, a load that checks, true figures."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="figures come from /proc")


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The scripts import each other by their bare names."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(BENCHMARKS)):
            del sys.modules[name]


@pytest.fixture
async def model_url(tmp_path: Path) -> AsyncIterator[str]:
    """A fake model in a process of its own."""
    from process import cores, running
    from served import free_port
    from subjects import plain, script

    port = free_port()
    async with running(
        script("fake_model.py", port),
        f"http://127.0.0.1:{port}",
        health="/v1/models",
        environment=plain(),
        folder=tmp_path,
        core=cores()[1],
    ) as model:
        yield f"{model.url}/v1"


async def test_the_load_counts_requests_and_events_of_the_fake_model(model_url: str) -> None:
    from fake_model import STREAM_EVENTS
    from load import Load, run

    whole = await run(Load(model_url, "json", 20, 4, "fake"))
    streamed = await run(Load(model_url, "chunk", 2, 2, "fake"))
    assert (whole.requests, whole.events) == (20, 0)
    assert (streamed.requests, streamed.events) == (2, 2 * STREAM_EVENTS)


async def test_a_reply_that_is_not_the_models_is_an_error(
    model_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import load

    monkeypatch.setattr(load, "WHOLE_TOKENS", 241)
    with pytest.raises(ExceptionGroup) as caught:
        await load.run(load.Load(model_url, "json", 1, 1, "fake"))
    assert caught.group_contains(RuntimeError, match="not the model's text")


async def test_a_turn_has_figures_of_the_server_that_was_asked(
    model_url: str, tmp_path: Path
) -> None:
    from contextlib import AsyncExitStack

    from gateway import Amount, measure, start
    from subjects import bare

    folder = tmp_path / "bare"
    folder.mkdir()
    subject = bare(folder, model_url)
    async with AsyncExitStack() as stack:
        server = await start(subject, stack)
        figures = await measure(server, subject, Amount(200, 1))
    assert figures.request_cpu_ms > 0
    assert figures.start_cpu_s > 0
    assert 10 < figures.start_rss_mb <= figures.loaded_rss_mb * 1.5
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


async def test_a_server_that_dies_says_what_it_printed(tmp_path: Path) -> None:
    from process import cores, running

    dying = (sys.executable, "-c", "raise SystemExit('no such port')")
    with pytest.raises(RuntimeError, match="no such port"):
        async with running(
            dying,
            "http://127.0.0.1:9",
            health="/",
            environment=dict(os.environ),
            folder=tmp_path,
            core=cores()[0],
        ):
            pass


def test_ratios_are_medians_of_neighbouring_turns() -> None:
    from gateway import Figures, ratio, report, table
    from subjects import HYDROPHONE, LITELLM

    def figures(request: float, chunk: float, start: float) -> Figures:
        return Figures(request, chunk, start, 1.0, 90.0, 100.0)

    results = {
        HYDROPHONE: [figures(1, 100, 1), figures(2, 200, 1), figures(1, 100, 2)],
        LITELLM: [figures(20, 900, 9), figures(60, 2000, 9), figures(22, 800, 9)],
    }
    assert ratio(results, LITELLM, "request") == 22
    assert ratio(results, LITELLM, "chunk") == 9
    found = report(results, 0.2)
    assert (found["ratio_litellm_request"], found["ratio_litellm_chunk"]) == (22, 9)
    assert "LiteLLM / Hydrophone, chunk: 9.0 (at least 8.0: reached)" in table(results, 0.2)
    assert "seconds for --help: 0.40 (under 0.3: MISSED)" in table(results, 0.4)
    assert "full and concise under 3 MB: reached" in table(results, 0.2)
    assert found["stream_bytes"]


def test_a_stream_of_800_tokens_stays_under_three_megabytes() -> None:
    from streamed import CONCISE, FULL, REPEATED, stream_bytes

    sizes = stream_bytes()
    assert sizes[CONCISE] < sizes[FULL] < 3_000_000 < sizes[REPEATED]
