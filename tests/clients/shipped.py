"""`hydrophone serve` as it is shipped, over a few made-up pages, for programs of other people.

Nothing goes out: the pages stand in the index under the addresses that the examples name.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from hydrophone import __version__
from tests.emulators.openai_model import ModelServer, Reply
from tests.running import Server, Shell, serving

KEY = "sk-your-secret-key-here"
# One red pixel, as PNG.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
PICTURE_URI = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
PDF_FACT = "The crane of Port Aurelia lifts ninety tons."
MODEL = "tiny"
_START_S = 10.0


@dataclass(frozen=True)
class Page:
    """A page of the index; `age_days` None has no date."""

    url: str
    title: str
    text: str
    age_days: int | None = None
    date: str | None = None

    def line(self, now: datetime) -> str:
        """The page as a JSON line."""
        date = self.date
        if self.age_days is not None:
            date = (now - timedelta(days=self.age_days)).date().isoformat()
        body = {"url": self.url, "title": self.title, "text": self.text}
        return json.dumps(body if date is None else body | {"date": date})


PAGES = (
    Page(
        "https://stars.example/milky-way",
        "Stars",
        "The Milky Way holds more than one hundred billion stars.",
    ),
    Page(
        "https://arxiv.org/abs/1",
        "Quantum computing",
        "Quantum computing is calculation with quantum states. "
        "New artificial intelligence research teaches machines to read sea charts.",
        age_days=2,
    ),
    Page(
        "https://paperswithcode.com/paper/2",
        "Artificial intelligence research",
        "New artificial intelligence research sorts whale songs by their singers.",
        age_days=3,
    ),
    Page(
        "https://blog.example/old",
        "Old artificial intelligence research",
        "New artificial intelligence research once counted boats in a harbour.",
        age_days=800,
    ),
    Page(
        "https://www.science.org/doi/3",
        "Quantum computing in science",
        "Quantum computing needs cold machines. Artificial intelligence research needs large ones.",
        age_days=40,
    ),
    Page(
        "https://www.nature.com/articles/4",
        "Quantum computing in nature",
        "Quantum computing corrects its own errors.",
        age_days=90,
    ),
    Page(
        "https://learning.example/5",
        "Learning",
        "Machine learning is the finding of rules from examples. "
        "A neural network is a chain of weighted sums. "
        "Artificial intelligence is the study of machines that solve problems.",
        age_days=10,
    ),
    Page(
        "https://science.nasa.gov/webb",
        "James Webb telescope",
        "The James Webb telescope found water in the air of a far planet.",
    ),
    Page(
        "https://en.wikipedia.org/wiki/Webb",
        "James Webb telescope in short",
        "The James Webb telescope found galaxies that are older than expected.",
    ),
    Page(
        "https://www.reddit.com/r/webb",
        "James Webb telescope talk",
        "The James Webb telescope found a friend of mine.",
    ),
    Page(
        "https://news.example/march",
        "Harbour news of March",
        "The harbour news was published: the crane is mended.",
        date="2025-03-03",
    ),
    Page(
        "https://news.example/lately",
        "Harbour news of this week",
        "The harbour news was published: the ferry is late.",
        age_days=4,
    ),
    Page(
        "https://energy.example/6",
        "Renewable energy",
        "New in renewable energy are turbines that float.",
    ),
    Page(
        "https://www.reddit.com/r/energy",
        "Renewable energy talk",
        "New in renewable energy is my bicycle.",
    ),
    Page(
        "https://www.quora.com/energy",
        "Renewable energy, asked",
        "New in renewable energy are the questions.",
    ),
    Page(
        "https://history.example/2008",
        "The financial crisis",
        "Loans that nobody could pay back caused the financial crisis of 2008.",
    ),
    Page(
        "https://docs.python.org/3/generators",
        "Generators",
        "A generator in Python is a function that yields values.",
    ),
)


class ModelThread:
    """The emulated language model in a thread of its own; `reply` is what it says next."""

    def __init__(self) -> None:
        self.server = ModelServer(Reply(), models=(MODEL,))
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a server that asks it."""
        return {
            "HYDROPHONE_MODEL_URL": self.server.url,
            "HYDROPHONE_MODEL": MODEL,
            "HYDROPHONE_MODEL_SEES": "1",
        }

    def say(self, text: str) -> None:
        """Let it reply with this text from now on, and forget what it was asked."""
        self.server.requests.clear()
        self.server.replies = (Reply(text),)

    def pictures(self) -> list[str]:
        """The data URIs of all pictures that it was shown."""
        return [
            part["image_url"]["url"]
            for request in self.server.requests
            for turn in (request.body or {}).get("messages", [])
            if isinstance(turn["content"], list)
            for part in turn["content"]
            if part["type"] == "image_url"
        ]

    def __enter__(self) -> ModelThread:
        self._thread.start()
        assert self._ready.wait(_START_S)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.server)
            self._ready.set()
            await self._stop.wait()


def write_files(folder: Path) -> dict[str, str]:
    """A PDF that says PDF_FACT and a picture; their paths, as drivers find them."""
    pdf = Canvas(str(folder / "crane.pdf"))
    pdf.drawString(72, 720, PDF_FACT)
    pdf.save()
    (folder / "picture.png").write_bytes(PICTURE)
    return {"PDF": str(folder / "crane.pdf"), "PICTURE": str(folder / "picture.png")}


@contextmanager
def shipped(folder: Path, **settings: str) -> Iterator[Server]:
    """A server that asks for KEY, with PAGES in its index."""
    offline = {"HYDROPHONE_OFFLINE": "1", "API_KEYS": KEY}
    shell = Shell(folder, folder / "data", offline | settings)
    shell.data_dir.mkdir(parents=True)
    # Its own documentation is taken for indexed, so the pages are all there is to find.
    (shell.data_dir / "docs-version").write_text(__version__, "utf-8")
    now = datetime.now(UTC)
    (folder / "pages.jsonl").write_text("".join(f"{page.line(now)}\n" for page in PAGES), "utf-8")
    added = shell.run("add", "pages.jsonl", "--collection", "pages")
    assert added.code == 0, added.err
    with serving(shell) as server:
        yield server
