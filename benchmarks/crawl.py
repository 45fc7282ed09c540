"""What a crawl costs: Hydrophone and Scrapy over the same mini web, in CPU time and memory.

    python benchmarks/crawl.py                  manuals of about 2,000 pages, a few minutes
    python benchmarks/crawl.py --pages 400      so many pages, in whole manuals, smallest first
    python benchmarks/crawl.py --rounds 3       medians of three
    python benchmarks/crawl.py --json           one JSON object instead of the table

Both crawl all pages of the same hosts from the same seeds, obey robots.txt, wait for nothing, and
read each page with the same extraction (`extract_document`). Scrapy (pinned, in a virtual
environment that the first run makes in the cache folder) finds links with its LinkExtractor and
exports texts as JSON lines; Hydrophone runs as users start it, without vectors: it also cuts
passages, looks for near-duplicates, keeps its frontier on disk, and makes the pages searchable by
words.

Counted are pages that nginx sent with status 200 and a type that is read; the CPU time of all
processes of the crawler from their start to their end, as the kernel says it to their parent; the
peak of their proportional memory, four times a second. Linux only, as the mini web.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import miniweb
import scrapy_environment
from miniweb import MiniWeb, Site
from process import family
from served import Served, machine

PAGES = 2_000
WANTED = 1.5
HYDROPHONE, SCRAPY = "hydrophone", "scrapy"
_READ_TYPES = ("text/html", "text/plain", "application/pdf")
_SAMPLE_S = 0.25
_KILOBYTES_A_MEGABYTE = 1_000_000 / 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """One crawl. `pages` were sent by the server, `kept` are in what the crawler leaves behind."""

    pages: int
    kept: int
    requests: int
    cpu_s: float
    wall_s: float
    peak_mb: float

    @property
    def pages_a_cpu_s(self) -> float:
        """The figure that is compared."""
        return self.pages / self.cpu_s


class Memory:
    """Watches the proportional memory of a process and its children until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak_mb = 0.0
        self._thread.start()

    def stop(self) -> float:
        """The peak."""
        self._ended.set()
        self._thread.join()
        return self.peak_mb

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_S):
            with suppress(OSError):
                self.peak_mb = max(self.peak_mb, sum(map(_memory_mb, family(self._pid))))


def _memory_mb(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / _KILOBYTES_A_MEGABYTE
    return 0.0


def choose(sites: Sequence[Site], pages: int) -> list[Site]:
    """So many sites, in their order, that their HTML files are about so many."""
    chosen: list[Site] = []
    found = 0
    for site in sites:
        if found >= pages:
            break
        found += sum(1 for _ in miniweb.fetch([site])[site.name].rglob("*.html"))
        chosen.append(site)
    return chosen


def seeds(web: MiniWeb, sites: Sequence[Site]) -> list[str]:
    """Where both crawls begin."""
    return [web.url(site.name, seed) for site in sites for seed in site.seeds]


def hydrophone(web: MiniWeb, sites: Sequence[Site], folder: Path) -> Cost:
    """`hydrophone crawl`, without delay and without vectors."""
    options = ("--collection", "web", "--delay", "0", "--no-wait", "--json")
    command = web.command("hydrophone", "crawl", *seeds(web, sites), *options)
    environment = Served.environment(folder, {"HYDROPHONE_ALLOW_LOOPBACK": "1"})
    return run(web, command, environment, folder, lambda: _documents(folder / "index.db"))


def scrapy(web: MiniWeb, sites: Sequence[Site], folder: Path) -> Cost:
    """The spider of `crawl_scrapy.py`."""
    command = web.command("crawl_scrapy", str(folder), *seeds(web, sites))
    command[0] = str(scrapy_environment.install())
    environment = Served.environment(folder)
    return run(web, command, environment, folder, lambda: _lines(folder / "pages.jsonl"))


def run(
    web: MiniWeb,
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    kept: Callable[[], int],
) -> Cost:
    """Run a crawler to its end and count. Raises RuntimeError when it fails."""
    web.forget()
    log = folder / "output.log"
    began_s = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
    memory = Memory(process.pid)
    # What a process and all its children that it has waited for have used, see wait4(2).
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began_s
    peak_mb = memory.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    # 1: some pages could not be read, as always on the web.
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{command[3]}: {log.read_text('utf-8', 'replace')[-2000:]}")
    asked = web.asked()
    sent = {
        (one.host, one.path)
        for one in asked
        if one.status == 200 and one.media_type in _READ_TYPES and one.path != "/robots.txt"
    }
    cpu_s = used.ru_utime + used.ru_stime
    return Cost(len(sent), kept(), len(asked), cpu_s, wall_s, peak_mb)


def _documents(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT count(*) FROM documents").fetchone()[0])


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def measure(sites: Sequence[Site], rounds: int) -> dict[str, list[Cost]]:
    """Both crawlers in turn, each time with an empty folder."""
    costs: dict[str, list[Cost]] = {HYDROPHONE: [], SCRAPY: []}
    with tempfile.TemporaryDirectory() as made, _web(sites, Path(made)) as web:
        for number in range(1, rounds + 1):
            for name, crawl in ((HYDROPHONE, hydrophone), (SCRAPY, scrapy)):
                print(f"round {number} of {rounds}: {name} …", file=sys.stderr, flush=True)
                folder = Path(made) / f"{name}-{number}"
                folder.mkdir()
                costs[name].append(crawl(web, sites, folder))
    return costs


def _web(sites: Sequence[Site], folder: Path) -> AbstractContextManager[MiniWeb]:
    return miniweb.running(miniweb.servers(sites), folder / "nginx")


def ratio(costs: Mapping[str, Sequence[Cost]]) -> float:
    """How many times Scrapy's pages a CPU second Hydrophone has: the median over rounds."""
    pairs = zip(costs[HYDROPHONE], costs[SCRAPY], strict=True)
    return statistics.median(ours.pages_a_cpu_s / theirs.pages_a_cpu_s for ours, theirs in pairs)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    rows = [asdict(cost) for cost in costs]
    return Cost(**{key: statistics.median(row[key] for row in rows) for key in rows[0]})


def report(costs: Mapping[str, Sequence[Cost]], sites: Sequence[Site]) -> dict[str, object]:
    """Everything, for `--json`."""
    rows = {}
    for name, all_of_it in costs.items():
        row = median(all_of_it)
        rows[name] = {key: round(value, 2) for key, value in asdict(row).items()}
        rows[name]["pages_a_cpu_s"] = round(row.pages_a_cpu_s, 2)
    return {
        "machine": machine(),
        "scrapy_version": scrapy_environment.VERSION,
        "packages": {s.manual.package: miniweb.version(s.manual) for s in sites},
        "rounds": len(costs[HYDROPHONE]),
        "ratio": round(ratio(costs), 3),
        "rows": rows,
    }


def table(costs: Mapping[str, Sequence[Cost]], sites: Sequence[Site]) -> str:
    """The same for people."""
    lines = [machine(), ", ".join(f"{s.manual.package} {miniweb.version(s.manual)}" for s in sites)]
    lines.append(
        f"{'':12}{'pages':>8}{'kept':>8}{'CPU s':>9}{'wall s':>9}{'pages/CPU s':>13}{'peak MB':>9}"
    )
    for name, all_of_it in costs.items():
        row = median(all_of_it)
        lines.append(
            f"{name:12}{row.pages:8.0f}{row.kept:8.0f}{row.cpu_s:9.1f}{row.wall_s:9.1f}"
            f"{row.pages_a_cpu_s:13.1f}{row.peak_mb:9.0f}"
        )
    found = ratio(costs)
    word = "reached" if found >= WANTED else "MISSED"
    return "\n".join([*lines, f"ratio: {found:.2f} (at least {WANTED}: {word})"])


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=PAGES, help="about so many, whole manuals")
    parser.add_argument("--rounds", type=int, default=1, help="each crawls so often")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    lacking = miniweb.missing()
    if lacking is not None:
        sys.exit(lacking)
    sites = choose(miniweb.SITES, options.pages)
    costs = measure(sites, options.rounds)
    if options.json:
        print(json.dumps(report(costs, sites), indent=2))
    else:
        print(table(costs, sites))


if __name__ == "__main__":
    main()
