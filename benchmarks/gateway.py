"""What a gateway costs: Hydrophone and LiteLLM before the same fake model, in CPU time and memory.

    python benchmarks/gateway.py            three rounds, about four minutes
    python benchmarks/gateway.py --quick    one round
    python benchmarks/gateway.py --json     one JSON object instead of the table

Each round starts all servers anew, on one core, with load client and fake model on another, and
asks them in turn, twice. Figures are medians; ratios are medians of the ratios of one turn, where
both sides had the same neighbours. Counted is the CPU time of the server's own processes, from
/proc (Linux), so that other work on the machine disturbs little. Hydrophone runs as users start
it, with a key and its ledger, its folder already made; LiteLLM (pinned) with a master key, one
worker and no database, in a virtual environment that the first run makes in the cache folder.

`request`: a whole reply of 240 tokens, 16 connections. `chunk`: streams of 102 events paced 10 ms
apart, 8 at a time; what a stream costs beside its chunks is part of their share. `start`: from the
start of the process until its health path first answers. Beside them stand the bytes of a stream
with an answer of 800 tokens and ten sources, in each stream mode: the same on every machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import litellm_proxy
from fake_model import STREAM_EVENTS
from load import Load
from process import Running, cores, output_of, running, wall_s
from served import free_port, machine
from streamed import CONCISE, FULL, SOURCES, TOKENS, stream_bytes
from subjects import (
    HERE,
    HYDROPHONE,
    LITELLM,
    Subject,
    bare,
    hydrophone,
    instant,
    litellm,
    plain,
    script,
)

CONNECTIONS, STREAMS = 16, 8
ROUNDS, TURNS = 3, 2
MEGABYTE = 1_000_000
# LiteLLM's figure is wanted to be so many times Hydrophone's; memory and time under these.
WANTED = {"request": 20.0, "chunk": 8.0, "start": 8.0}
WANTED_RSS_MB, WANTED_HELP_S = 120.0, 0.3
WANTED_STREAM_MB = 3.0


@dataclass(frozen=True, slots=True)
class Amount:
    """What one server is asked in one turn; streams come in groups of STREAMS."""

    requests: int
    groups: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One server in one turn; the start is that of the turn's round."""

    request_cpu_ms: float
    chunk_cpu_us: float
    start_cpu_s: float
    start_wall_s: float
    start_rss_mb: float
    loaded_rss_mb: float


Results = Mapping[str, Sequence[Figures]]
_COLUMNS: dict[str, Callable[[Figures], float]] = {
    "request": lambda figures: figures.request_cpu_ms,
    "chunk": lambda figures: figures.chunk_cpu_us,
    "start": lambda figures: figures.start_cpu_s,
}


def amount(subject: Subject, *, quick: bool) -> Amount:
    """Enough for the kernel's hundredths of a second to be fine enough."""
    if subject.slow:
        return Amount(64 if quick else 96, 1)
    return Amount(800 if quick else 1000, 3 if quick else 4)


def request_load(subject: Subject, amount: Amount) -> Load:
    """Whole replies."""
    base = f"{subject.url}/v1"
    return Load(base, "json", amount.requests, CONNECTIONS, subject.whole_model, subject.key)


def chunk_load(subject: Subject, amount: Amount) -> Load:
    """Streams."""
    count = amount.groups * STREAMS
    return Load(f"{subject.url}/v1", "chunk", count, STREAMS, subject.paced_model, subject.key)


async def measure(server: Running, subject: Subject, amount: Amount) -> Figures:
    """Load a running server both ways."""
    request_s = await _cpu_s_each(server, request_load(subject, amount))
    stream_s = await _cpu_s_each(server, chunk_load(subject, amount))
    return Figures(
        request_cpu_ms=request_s * 1_000,
        chunk_cpu_us=stream_s / STREAM_EVENTS * 1_000_000,
        start_cpu_s=server.start.cpu_s,
        start_wall_s=server.start.wall_s,
        start_rss_mb=server.start.rss_bytes / MEGABYTE,
        loaded_rss_mb=server.rss_bytes() / MEGABYTE,
    )


async def _cpu_s_each(server: Running, load: Load) -> float:
    before_s = server.cpu_s()
    await ask(load)
    return (server.cpu_s() - before_s) / load.requests


async def ask(load: Load) -> None:
    """Run the load in a process of its own. Raises RuntimeError at a wrong answer."""
    command = (sys.executable, str(HERE / "load.py"), *load.arguments)
    await output_of(command, environment=plain(), folder=HERE, told=f"{load.key}\n")


async def start(subject: Subject, stack: AsyncExitStack) -> Running:
    """Start a server for the rest of the stack; let it serve its first requests, and rest."""
    server = await stack.enter_async_context(
        running(
            subject.command,
            subject.url,
            health=subject.health,
            environment=subject.environment,
            folder=subject.folder,
            core=cores()[0],
        )
    )
    first = Amount(4 * CONNECTIONS, 1)
    await ask(request_load(subject, first))
    await ask(chunk_load(subject, first))
    await server.rest()
    return server


async def run_round(subjects: Sequence[Subject], turns: int, *, quick: bool) -> Results:
    """Start all servers one after the other, then ask them in turn."""
    results: dict[str, list[Figures]] = {subject.name: [] for subject in subjects}
    async with AsyncExitStack() as stack:
        servers = []
        for subject in subjects:
            _say(f"starting {subject.name}")
            servers.append(await start(subject, stack))
        for turn in range(1, turns + 1):
            for subject, server in zip(subjects, servers, strict=True):
                _say(f"turn {turn}: {subject.name}")
                figures = await measure(server, subject, amount(subject, quick=quick))
                results[subject.name].append(figures)
    return results


async def run_rounds(rounds: int, *, quick: bool, programs: Path | None) -> Results:
    """All rounds; LiteLLM takes part where its programs are given."""
    results: dict[str, list[Figures]] = {}
    port = free_port()
    with tempfile.TemporaryDirectory() as made:
        async with running(
            script("fake_model.py", port),
            f"http://127.0.0.1:{port}",
            health="/v1/models",
            environment=plain(),
            folder=Path(made),
            core=cores()[1],
        ) as model:
            for number in range(1, rounds + 1):
                _say(f"round {number} of {rounds}")
                subjects = _subjects(Path(made), f"{model.url}/v1", programs)
                if number == 1:
                    await _make_folder(subjects[0])
                for name, turns in (await run_round(subjects, TURNS, quick=quick)).items():
                    results.setdefault(name, []).extend(turns)
    return results


async def _make_folder(subject: Subject) -> None:
    """The first start of all makes databases and indexes the documentation; it does not count."""
    async with AsyncExitStack() as stack:
        await start(subject, stack)


def _subjects(folder: Path, model_url: str, programs: Path | None) -> list[Subject]:
    folders = [folder / name for name in ("hydrophone", "litellm", "bare", "instant")]
    for made in folders:
        made.mkdir(exist_ok=True)
    found = [hydrophone(folders[0], model_url)]
    if programs is not None:
        found.append(litellm(folders[1], model_url, programs))
    return [*found, bare(folders[2], model_url), instant(folders[3])]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def median(results: Results, name: str) -> Figures:
    """The median of each figure over the turns."""
    turns = [asdict(figures) for figures in results[name]]
    return Figures(**{key: statistics.median(one[key] for one in turns) for key in turns[0]})


def ratio(results: Results, name: str, column: str) -> float:
    """How many times Hydrophone's the figure is: the median over turns."""
    pick = _COLUMNS[column]
    pairs = zip(results[name], results[HYDROPHONE], strict=True)
    return statistics.median(pick(other) / pick(ours) for other, ours in pairs)


def report(results: Results, help_s: float) -> dict[str, object]:
    """Everything, for `--json`."""
    found: dict[str, object] = {"machine": machine(), "help_wall_s": round(help_s, 3)}
    if LITELLM in results:
        for column in _COLUMNS:
            found[f"ratio_litellm_{column}"] = round(ratio(results, LITELLM, column), 2)
        found["litellm_version"] = litellm_proxy.VERSION
    rows = {name: asdict(median(results, name)) for name in results}
    found["rows"] = {name: {k: round(v, 3) for k, v in row.items()} for name, row in rows.items()}
    found["turns"] = len(results[HYDROPHONE])
    found["stream_bytes"] = stream_bytes()
    return found


def table(results: Results, help_s: float) -> str:
    """The same for people; in brackets how many times Hydrophone's."""
    head = f"{'':28}{'CPU ms a request':>20}{'CPU µs a chunk':>20}{'CPU s to start':>20}"
    lines = [machine(), "", f"{head}{'MB at start':>13}{'MB loaded':>11}"]
    for name in results:
        row = median(results, name)
        cells = [
            f"{_COLUMNS[column](row):10.2f} ({ratio(results, name, column):6.2f})"
            for column in _COLUMNS
        ]
        memory = f"{row.start_rss_mb:13.0f}{row.loaded_rss_mb:11.0f}"
        lines.append(f"{name:28}" + "".join(f"{cell:>20}" for cell in cells) + memory)
    return "\n".join([*lines, "", *_verdicts(results, help_s)])


def _verdicts(results: Results, help_s: float) -> list[str]:
    lines = []
    if LITELLM in results:
        for column, wanted in WANTED.items():
            found = ratio(results, LITELLM, column)
            word = "reached" if found >= wanted else "MISSED"
            lines.append(f"LiteLLM / Hydrophone, {column}: {found:.1f} (at least {wanted}: {word})")
    rss_mb = median(results, HYDROPHONE).start_rss_mb
    word = "reached" if rss_mb < WANTED_RSS_MB else "MISSED"
    lines.append(f"MB before models load: {rss_mb:.0f} (under {WANTED_RSS_MB:.0f}: {word})")
    word = "reached" if help_s < WANTED_HELP_S else "MISSED"
    lines.append(f"seconds for --help: {help_s:.2f} (under {WANTED_HELP_S}: {word})")
    return [*lines, *_stream_lines()]


def _stream_lines() -> list[str]:
    sizes_mb = {mode: size / MEGABYTE for mode, size in stream_bytes().items()}
    word = "reached" if max(sizes_mb[FULL], sizes_mb[CONCISE]) < WANTED_STREAM_MB else "MISSED"
    shown = ", ".join(f"{mode} {size_mb:.2f}" for mode, size_mb in sizes_mb.items())
    return [
        f"MB of a streamed answer of {TOKENS} tokens and {SOURCES} sources: {shown}",
        f"{FULL} and {CONCISE} under {WANTED_STREAM_MB:.0f} MB: {word}",
    ]


async def _main(options: argparse.Namespace) -> None:
    programs = None if options.without_litellm else litellm_proxy.install()
    program = (sys.executable, "-m", "hydrophone", "--help")
    help_s = await wall_s(program, environment=plain(), folder=HERE)
    rounds = 1 if options.quick else ROUNDS
    results = await run_rounds(rounds, quick=options.quick, programs=programs)
    if options.json:
        print(json.dumps(report(results, help_s), indent=2))
    else:
        print(table(results, help_s))


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--without-litellm", action="store_true", help="do not install or run it")
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
