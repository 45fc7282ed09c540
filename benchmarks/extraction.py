"""How well and at what cost main text is found in real pages, beside plain trafilatura.

    python benchmarks/extraction.py --data FOLDER [--only SET] [--json]
    python benchmarks/extraction.py --pages FOLDER [--json]

The second form gives CPU milliseconds only, of up to 300 HTML files below a folder, such as an
unpacked manual. For the first, FOLDER holds `article_bench.jsonl.gz` and
`trafilatura_quarter.jsonl.gz`: pages of scrapinghub/article-extraction-benchmark with their true
text, and pages of trafilatura's own evaluation with segments that must be in the text or must not.
The scores are theirs: for the first set, precision and recall of 4-gram shingles, averaged over
pages, and F1 of the averages; for the second, F1 over all segments, found as substrings when runs
of white space are one blank.

Pages are split in two halves by a hash of their ids. What was chosen for these figures was chosen
on the `development` half only. CPU milliseconds are of one process, one page after the other, each
page read by every system in turn; ours include decoding, title, author, dates, language and images,
trafilatura's only the text. "with links" is what the crawler asks for; it leaves out pages that say
`noindex`, so it is not scored. For the second set, the titles, authors and dates are compared, too.
"""

from __future__ import annotations

import argparse
import base64
import gc
import gzip
import hashlib
import json
import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.document import extract_document, extract_page
from served import machine

SHINGLE_WORDS = 4
PAGES = 300
STATEMENTS = ("title", "author", "date")
LINKS = "hydrophone with links"
GOALS = {"article_bench": 0.962, "trafilatura_quarter": 0.928}
Read = Callable[["Sample"], str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A page and what its text should be: the whole of it, or segments."""

    id: str
    url: str
    body: bytes
    source: str | None
    text: str
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    said: tuple[str, str, str] | None = None

    @property
    def half(self) -> str:
        digest = hashlib.sha256(self.id.encode()).digest()
        return "development" if digest[0] % 2 else "held-out"


@dataclass(slots=True)
class Run:
    """What one system made of a set of pages."""

    texts: list[str] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def load(path: Path) -> list[Sample]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_sample(json.loads(line)) for line in lines]


def _sample(row: dict[str, object]) -> Sample:
    source = row.get("html")
    assert source is None or isinstance(source, str)
    packed = str(row.get("html_b64", ""))
    return Sample(
        id=str(row["_id"]),
        url=str(row["url"]),
        body=source.encode("utf-8", "replace") if source is not None else base64.b64decode(packed),
        source=source,
        text=str(row.get("article_body", "")),
        wanted=tuple(row.get("with", ())),  # type: ignore[arg-type]
        unwanted=tuple(row.get("without", ())),  # type: ignore[arg-type]
        said=(str(row["title"]), str(row["author"]), str(row["date"])) if "title" in row else None,
    )


def ours(sample: Sample) -> str:
    return extract_document(sample.body, sample.url, media_type="text/html").text


def ours_with_links(sample: Sample) -> str:
    document = extract_page(sample.body, sample.url, media_type="text/html").document
    return document.text if document else ""


def plain(*, fast: bool) -> Read:
    from trafilatura import extract

    def read(sample: Sample) -> str:
        given = sample.source if sample.source is not None else sample.body
        return extract(given, fast=fast, include_comments=False) or ""

    return read


def load_folder(folder: Path) -> list[Sample]:
    """Up to 300 HTML files in the order of a hash of their names."""
    files = [path for path in folder.rglob("*.html") if path.is_file()]
    files.sort(key=lambda path: hashlib.sha256(path.name.encode()).digest())
    return [_page(path) for path in files[:PAGES]]


def _page(path: Path) -> Sample:
    body = path.read_bytes()
    return Sample(path.name, f"https://manual.example/{path.name}", body, None, "")


def our_statements(sample: Sample) -> tuple[str, str, str]:
    """Title, author and day of publication."""
    document = extract_document(sample.body, sample.url, media_type="text/html")
    day = document.published.date().isoformat() if document.published else ""
    return document.title, document.author or "", day


def plain_statements(sample: Sample) -> tuple[str, str, str]:
    from trafilatura.metadata import extract_metadata

    given = sample.source if sample.source is not None else sample.body.decode("utf-8", "replace")
    found = extract_metadata(given, default_url=sample.url)
    return found.title or "", found.author or "", found.date or ""


def agreement(samples: Sequence[Sample]) -> dict[str, dict[str, int]]:
    """How many titles, authors and dates are as people read them; an empty one may be right."""
    annotated = [sample for sample in samples if sample.said is not None]
    counts = {name: dict.fromkeys(STATEMENTS, 0) for name in ("hydrophone", "trafilatura")}
    for sample in annotated:
        assert sample.said is not None
        for name, read in (("hydrophone", our_statements), ("trafilatura", plain_statements)):
            for which, said, found in zip(STATEMENTS, sample.said, read(sample), strict=True):
                counts[name][which] += _bare(said) == _bare(found)
    return {"pages": {"annotated": len(annotated)}, **counts}


def _bare(text: str) -> list[str]:
    """The words; what stands between several authors does not count."""
    return re.findall(r"\w+", text.lower())


def measure(samples: Sequence[Sample], systems: dict[str, Read], rounds: int) -> dict[str, Run]:
    """Every system reads every page; the cheapest of `rounds` counts, for the noise of others."""
    runs = {name: Run() for name in systems}
    for sample in samples:
        times: dict[str, list[float]] = {name: [] for name in systems}
        for _ in range(rounds):
            for name, read in systems.items():
                gc.collect(0)
                started = time.process_time()
                try:
                    text = read(sample)
                except DocumentError:
                    text = ""
                times[name].append((time.process_time() - started) * 1000)
                if len(times[name]) == 1:
                    runs[name].texts.append(text)
        for name in systems:
            runs[name].cpu_ms.append(min(times[name]))
    return runs


def f1(samples: Sequence[Sample], texts: Sequence[str]) -> dict[str, float]:
    """Precision, recall and F1 by the measure of the set that the samples are from."""
    if samples[0].wanted or samples[0].unwanted:
        return _f1_of_segments(samples, texts)
    counts = [shingle_counts(s.text, text) for s, text in zip(samples, texts, strict=True)]
    precision = statistics.mean(tp / (tp + fp) for tp, fp, _ in counts if tp + fp)
    recall = statistics.mean(tp / (tp + fn) for tp, _, fn in counts if tp + fn)
    return _scores(precision, recall)


def shingle_counts(true: str, found: str) -> tuple[int, int, int]:
    """Shingles found and true, found but not true, true but not found, each as often as it is."""
    wanted, got = Counter(_shingles(true)), Counter(_shingles(found))
    both = (wanted & got).total()
    return both, got.total() - both, wanted.total() - both


def _shingles(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    for start in range(max(1, len(words) - SHINGLE_WORDS + 1)):
        if shingle := tuple(words[start : start + SHINGLE_WORDS]):
            yield shingle


def _f1_of_segments(samples: Sequence[Sample], texts: Sequence[str]) -> dict[str, float]:
    tp = fp = fn = 0
    for sample, text in zip(samples, texts, strict=True):
        found = _spaced(text)
        hits = sum(_spaced(segment) in found for segment in sample.wanted)
        tp, fn = tp + hits, fn + len(sample.wanted) - hits
        fp += sum(_spaced(segment) in found for segment in sample.unwanted)
    return _scores(tp / max(tp + fp, 1), tp / max(tp + fn, 1))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _scores(precision: float, recall: float) -> dict[str, float]:
    both = precision + recall
    value = 2 * precision * recall / both if both else 0.0
    return {"f1": value, "precision": precision, "recall": recall}


def report(samples: Sequence[Sample], runs: dict[str, Run]) -> dict[str, object]:
    """Scores of each system on all pages and on both halves, and its CPU milliseconds a page."""
    figures: dict[str, object] = {"pages": len(samples)}
    for name, run in runs.items():
        scores = {} if name == LINKS else _f1_of_halves(samples, run.texts)
        scores["cpu_ms"] = statistics.mean(run.cpu_ms)
        figures[name] = {key: round(value, 4) for key, value in scores.items()}
    return figures


def _f1_of_halves(samples: Sequence[Sample], texts: Sequence[str]) -> dict[str, float]:
    scores = f1(samples, texts)
    for half in ("development", "held-out"):
        chosen = [i for i, sample in enumerate(samples) if sample.half == half]
        part = f1([samples[i] for i in chosen], [texts[i] for i in chosen])
        scores[f"f1 {half}"] = part["f1"]
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path)
    source.add_argument("--pages", type=Path)
    parser.add_argument("--only", choices=sorted(GOALS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    systems: dict[str, Read] = {
        "hydrophone": ours,
        LINKS: ours_with_links,
        "trafilatura": plain(fast=False),
        "trafilatura fast": plain(fast=True),
    }
    if given.pages:
        _print_pages(load_folder(given.pages), systems, given)
        return
    result: dict[str, object] = {"machine": machine()}
    for name in [given.only] if given.only else list(GOALS):
        samples = load(given.data / f"{name}.jsonl.gz")
        measure(samples[:3], systems, 1)
        result[name] = report(samples, measure(samples, systems, given.rounds))
        if any(sample.said for sample in samples):
            result[f"{name} statements"] = agreement(samples)
    if given.json:
        print(json.dumps(result, indent=1))
        return
    for name in GOALS:
        if name in result:
            _print(name, result[name])  # type: ignore[arg-type]
        if f"{name} statements" in result:
            print(json.dumps(result[f"{name} statements"]))


def _print_pages(
    samples: Sequence[Sample], systems: dict[str, Read], given: argparse.Namespace
) -> None:
    measure(samples[:3], systems, 1)
    runs = measure(samples, systems, given.rounds)
    size = statistics.mean(len(sample.body) for sample in samples)
    figures = {name: round(statistics.mean(run.cpu_ms), 3) for name, run in runs.items()}
    if given.json:
        print(json.dumps({"pages": len(samples), "bytes": size, "cpu_ms": figures}))
        return
    print(f"{len(samples)} pages of {size:.0f} bytes on average, CPU ms a page")
    for name, cpu_ms in figures.items():
        print(f"{name:24}{cpu_ms:10.2f}")


def _print(name: str, figures: dict[str, dict[str, float]]) -> None:
    columns = ("f1", "precision", "recall", "f1 development", "f1 held-out", "cpu_ms")
    print(f"\n{name}, {figures['pages']} pages (goal: F1 {GOALS[name]})")
    print(f"{'':24}" + "".join(f"{column:>16}" for column in columns))
    for system, scores in figures.items():
        if system != "pages":
            cells = (f"{scores[column]:.3f}" if column in scores else "" for column in columns)
            print(f"{system:24}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
