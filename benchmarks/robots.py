"""How robots.txt is read: Hydrophone, protego alone and Python's urllib.robotparser.

    python benchmarks/robots.py --data FOLDER [--json]

FOLDER holds `google_robots_facts.jsonl.gz` (142 assertions of google/robotstxt's robots_test.cc:
`robots_txt` or `robots_b64`, `agent`, `url`, `allowed`; Apache-2.0) and, if it is there,
`real_robots_txt.jsonl.gz` (511 files of scrapy/protego's tests/test_data: `host`, `b64`;
BSD-3-Clause). tests/fetch/data has the first and forty files of the second.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.robotparser import RobotFileParser

from protego import Protego

from hydrophone.fetch.robots import parse_robots

FACTS, FILES = "google_robots_facts.jsonl.gz", "real_robots_*.jsonl.gz"
AGENT = "HydrophoneBot"
_PATH = re.compile(r"(?:dis)?allow\s*:\s*(/[^\s#]*)", re.IGNORECASE)

Allows = Callable[[str], bool]


def hydrophone(body: bytes, agent: str) -> Allows:
    """What Hydrophone allows."""
    return parse_robots(body, agent).allows


def protego(body: bytes, agent: str) -> Allows:
    """What protego allows when it is given the text."""
    rules = Protego.parse(body.decode("utf-8", "replace"))
    return lambda url: rules.can_fetch(url, agent)


def robotparser(body: bytes, agent: str) -> Allows:
    """What the standard library allows."""
    rules = RobotFileParser()
    rules.parse(body.decode("utf-8", "replace").splitlines())
    return lambda url: rules.can_fetch(agent, url)


PARSERS = {"hydrophone": hydrophone, "protego": protego, "urllib.robotparser": robotparser}


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def count_right(facts: list[dict[str, Any]], parser: Callable[[bytes, str], Allows]) -> int:
    """How many facts the parser agrees with; an exception is a disagreement."""
    right = 0
    for fact in facts:
        text = fact.get("robots_txt")
        body = base64.b64decode(fact["robots_b64"]) if text is None else text.encode()
        try:
            right += parser(body, fact["agent"])(fact["url"]) == fact["allowed"]
        except Exception as error:
            print(f"{fact['test']}: {error!r}")
    return right


def read_files(
    files: list[dict[str, Any]], parser: Callable[[bytes, str], Allows]
) -> tuple[int, float, dict[str, bool]]:
    """How many files raise an error, the CPU seconds of all, and what is allowed where."""
    errors = 0
    verdicts: dict[str, bool] = {}
    began_s = time.process_time()
    for row in files:
        body = base64.b64decode(row["b64"])
        paths = [
            found.replace("*", "x").rstrip("$") for found in _PATH.findall(body.decode("latin-1"))
        ]
        try:
            allows = parser(body, AGENT)
            for path in ["/", *paths[:100]]:
                url = f"https://{row['host']}{path}"
                verdicts[url] = allows(url)
        except Exception as error:
            errors += 1
            print(f"{row['host']}: {error!r}")
    return errors, time.process_time() - began_s, verdicts


def measure(folder: Path) -> dict[str, Any]:
    """All figures."""
    facts = read_rows(folder / FACTS)
    files = [row for path in sorted(folder.glob(FILES)) for row in read_rows(path)]
    result: dict[str, Any] = {"facts": len(facts), "files": len(files), "parsers": {}}
    ours: dict[str, bool] = {}
    for name, parser in PARSERS.items():
        errors, cpu_s, verdicts = read_files(files, parser)
        ours = ours or verdicts
        result["parsers"][name] = {
            "facts_right": count_right(facts, parser),
            "file_errors": errors,
            "files_cpu_s": round(cpu_s, 3),
            "urls_like_hydrophone": sum(
                ours.get(url) == verdict for url, verdict in verdicts.items()
            ),
        }
    result["urls"] = len(ours)
    return result


def show(result: dict[str, Any]) -> None:
    """A table."""
    print(f"{result['facts']} facts, {result['files']} files with {result['urls']} URLs of rules")
    print(f"{'':20} {'facts right':>12} {'file errors':>12} {'CPU s':>8} {'same verdicts':>14}")
    for name, row in result["parsers"].items():
        figures = f"{row['facts_right']:>12} {row['file_errors']:>12} {row['files_cpu_s']:>8.3f}"
        print(f"{name:20} {figures} {row['urls_like_hydrophone']:>14}")


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    result = measure(options.data)
    print(json.dumps(result)) if options.json else show(result)


if __name__ == "__main__":
    main()
