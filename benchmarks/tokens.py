"""How many tokens a language model makes of texts, against what is counted without its tokenizer.

    python scripts/small_model.py && python benchmarks/tokens.py

The model is SmolLM2 in llama.cpp, asked at /tokenize; its vocabulary of 49,152 is a small one, so
that larger ones make fewer tokens. The texts are pieces of this repository and of its test data, a
kilobyte each. What is shown is the largest and the middle number of tokens for one that is counted
(WordPieces, words and marks), and how often the cautious count (CautiousCounter) is too low.
"""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from hydrophone.llm.base import TokenCounter
from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.llm.tokens import (
    TOKENS_A_WORD,
    TOKENS_A_WORDPIECE,
    CautiousCounter,
    WordCounter,
    WordPieceCounter,
)

ROOT = Path(__file__).resolve().parent.parent

PIECE_CHARS = 1_000
MOST_PIECES = 200
FOREIGN = (
    "Wale leben in allen Ozeanen und singen für ihre Jungen, größere tiefer als kleinere. ",
    "Les baleines chantent à de très basses fréquences, même l'été près des côtes. ",
    "Киты живут во всех океанах и поют на низких частотах. ",
    "クジラはすべての海に生息し、低い周波数で歌う。",
    "الحيتان تعيش في كل المحيطات وتغني بترددات منخفضة. ",
    "ปลาวาฬอาศัยอยู่ในทุกมหาสมุทร ",
    "🐋🐘🦇 ",
)


def pieces(text: str) -> Iterator[str]:
    """Pieces of a kilobyte."""
    for start in range(0, len(text) - PIECE_CHARS, PIECE_CHARS):
        yield text[start : start + PIECE_CHARS]


def corpora() -> Iterator[tuple[str, list[str]]]:
    """Kinds of texts, with pieces of each."""
    with gzip.open(ROOT / "tests/quality/squad/passages.jsonl.gz", "rt", encoding="utf-8") as lines:
        prose = [json.loads(line)["text"] for line in lines]
    yield "prose", list(pieces("\n".join(prose)))[:MOST_PIECES]
    manual = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").rglob("*.md")))
    yield "manual", list(pieces(manual))[:MOST_PIECES]
    code = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "src").rglob("*.py")))
    yield "code", list(pieces(code))[::10][:MOST_PIECES]
    record = json.dumps({f"key_{n}": [n * 7919, f"{n:08x}"] for n in range(4_000)})
    yield "JSON of numbers", list(pieces(record))[:50]
    yield "other languages", [(text * 100)[:PIECE_CHARS] for text in FOREIGN]


def tokens(base: str, text: str) -> int:
    """What the model makes of the text."""
    body = json.dumps({"content": text}).encode()
    address = base.removesuffix("/v1") + "/tokenize"
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return len(json.load(response)["tokens"])


def show(base: str, counters: dict[str, tuple[TokenCounter, float]]) -> None:
    """A line for each kind of text and each way to count."""
    print(f"{'':18}{'counted as':12}{'most':>7}{'middle':>8}{'too low':>9}")
    for kind, texts in corpora():
        counts = [tokens(base, text) for text in texts]
        for name, (counter, factor) in counters.items():
            ratios = [n / counter.count(text) for n, text in zip(counts, texts, strict=True)]
            cautious = CautiousCounter(counter, factor)
            low = sum(n > cautious.count(text) for n, text in zip(counts, texts, strict=True))
            middle = statistics.median(ratios)
            print(f"{kind:18}{name:12}{max(ratios):7.2f}{middle:8.2f}{low:5} of {len(texts)}")


def main() -> None:
    """Start the model's server, count, show."""
    sys.path.insert(0, str(ROOT))  # the scripts are in no package
    from scripts.small_model import model_file, python

    path = model_file()
    if path is None:
        sys.exit("tokens.py: the small model is missing: `python scripts/small_model.py` makes it")
    server = ROOT / "tests" / "emulators" / "small_model_server.py"
    counters: dict[str, tuple[TokenCounter, float]] = {
        "WordPieces": (WordPieceCounter(find_model_files(BGE_SMALL_EN, None)), TOKENS_A_WORDPIECE),
        "words": (WordCounter(), TOKENS_A_WORD),
    }
    with subprocess.Popen(
        [python(), server, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        show(process.stdout.readline().strip(), counters)
        process.stdin.close()


if __name__ == "__main__":
    main()
