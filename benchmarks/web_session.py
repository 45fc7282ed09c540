"""What a client of Perplexity's web session costs: ours beside the published one it takes after.

    python benchmarks/web_session.py            five rounds
    python benchmarks/web_session.py --json     one JSON object instead of the table

Both run in processes of their own against the emulated service of tests/emulators, over TLS and
under its real name, in turn; figures are medians, and the ratio is the median of the ratios of a
round. Needs the published client's environment (python scripts/clients.py
perplexity-webui-scraper) and the test requirements.

`research`: CPU time of the client's process for one stream of 10 MB that it reads while it comes
in: 2,810 frames, each with a patch that adds 70 characters to a workflow block, and eight sources
with their snippets. Such a stream is as large as the largest that others have captured; what its
frames were exactly is not known. `three streams`: how long three answers take that are read at once
with one token, over how long one takes; an answer is sent in 1.3 seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from clients import python_of  # noqa: E402

from tests.emulators.perplexity_web.scripts import Script  # noqa: E402
from tests.emulators.perplexity_web.service import WebService  # noqa: E402
from tests.emulators.perplexity_web.streams import (  # noqa: E402
    LAST,
    diff,
    frame,
    item,
    results,
    sent,
    workflow,
)
from tests.emulators.perplexity_web.tunnel import tunnelled_service  # noqa: E402

ROUNDS, FRAMES, CHUNK_CHARS = 5, 2_810, 70
PUBLISHED = "perplexity-webui-scraper"
CLIENT = Path(__file__).resolve().parent / "web_session_client.py"
SUBJECTS = {
    "Hydrophone": (Path(sys.executable), "hydrophone.perplexity"),
    PUBLISHED: (python_of(PUBLISHED), "perplexity_webui_scraper"),
}
WANTED_CPU_S = 1.0


def research() -> tuple[list[dict[str, object]], int]:
    """The frames of a long answer, and the size of the stream in bytes."""
    rows = [
        {
            "name": f"Source {number} about whales",
            "url": f"https://source-{number}.example/whales/songs",
            "snippet": "Humpback whales sing for hours, and change their song each year. " * 4,
        }
        for number in range(8)
    ]
    chunk = "Humpback whales sing for hours, and those of one sea sing alike [3]. "
    chunk = chunk.ljust(CHUNK_CHARS, ".")
    at = "/steps/0/items/0/payload/text_payload/chunks/"
    frames = [frame(workflow(item(chunk)), results(rows))]
    for number in range(1, FRAMES):
        patch = diff("workflow_root", "workflow_block", ("add", f"{at}{number}", chunk))
        frames.append(frame(patch, results(rows)))
    whole = workflow(item(*[chunk] * FRAMES, text=chunk * FRAMES))
    frames.append(frame(whole, results(rows), state=LAST))
    return frames, len(sent(*frames))


def measured(
    service: WebService, subject: str, what: str, variables: Mapping[str, str]
) -> dict[str, float]:
    """The figures of one run of a client."""
    python, package = SUBJECTS[subject]
    done = subprocess.run(
        [python, CLIENT, package, service.state.accounts[0].token, what],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{subject}: {done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(rounds: int) -> dict[str, object]:
    """All figures of all rounds, as medians."""
    frames, size_bytes = research()
    slow = Script(pieces=("word ",) * 10, gap_s=0.1, shape="schematized")
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        tunnelled_service(Path(folder)) as (service, variables),
    ):
        service.state.answers = {"Research": [Script(frames=frames)], "Slow": [slow]}
        for _ in range(rounds):
            for what in ("research", "streams"):
                for subject in SUBJECTS:
                    made = measured(service, subject, what, variables)
                    runs.setdefault((what, subject), []).append(made)
    return {"bytes": size_bytes, "rounds": rounds, **_figures(runs)}


def _figures(runs: Mapping[tuple[str, str], list[dict[str, float]]]) -> dict[str, object]:
    cpu = {name: [one["cpu_s"] for one in runs["research", name]] for name in SUBJECTS}
    chars = {name: {int(one["chars"]) for one in runs["research", name]} for name in SUBJECTS}
    share = {
        name: [one["all_s"] / one["one_s"] for one in runs["streams", name]] for name in SUBJECTS
    }
    ours, theirs = SUBJECTS
    return {
        "cpu_s": {name: statistics.median(values) for name, values in cpu.items()},
        "cpu_ratio": statistics.median(b / a for a, b in zip(cpu[ours], cpu[theirs], strict=True)),
        "three_over_one": {name: statistics.median(values) for name, values in share.items()},
        "answer_chars": {name: sorted(values) for name, values in chars.items()},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    made = measure(options.rounds)
    if options.json:
        print(json.dumps(made))
        return
    cpu, share = made["cpu_s"], made["three_over_one"]
    assert isinstance(cpu, dict)
    assert isinstance(share, dict)
    print(f"a stream of {made['bytes']:,} bytes; {made['rounds']} rounds")
    for name in SUBJECTS:
        print(f"{name:26} research {cpu[name]:6.2f} s CPU   three streams {share[name]:.2f} x one")
    print(f"ratio of the CPU times: {made['cpu_ratio']:.1f}; wanted of ours: {WANTED_CPU_S} s")
    print(f"characters of the answers: {made['answer_chars']}")


if __name__ == "__main__":
    main()
