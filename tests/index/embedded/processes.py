"""Child processes for the tests: adders, readers and rebuilders of one folder.

add FOLDER NAME COUNT    add documents, print each when it is told as added
read FOLDER STOP_FILE    search until the file is there
rebuild FOLDER           rebuild until killed
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.types import Document, Filter
from tests.index.support import document, hash_embedding, hash_vector

ROOT = Path(__file__).parents[3]


def long_document(name: str, number: int) -> Document:
    """A document of several passages with a word of its own in the first and in the last."""
    filler = " ".join(f"Sentence {i} of {name} tells something about the sea." for i in range(40))
    return document(
        f"{name}/{number}", f"Start{name}{number} begins. {filler} It ends with end{name}{number}."
    )


async def spawn(*arguments: str) -> asyncio.subprocess.Process:
    """Start one of the commands above; its lines come through a pipe."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        "tests.index.embedded.processes",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )


async def add(folder: str, name: str, count: str) -> None:
    index = await EmbeddedIndex.open(Path(folder), embedding=hash_embedding())
    for number in range(int(count)):
        (result,) = await index.put([long_document(name, number)], collection=name)
        print(result.url, result.passages, flush=True)
    await index.settle()
    for number in range(int(count)):
        assert await index.match_words(f"end{name}{number}", 1, Filter()), number
    await index.close()


async def read(folder: str, stop_file: str) -> None:
    """Search until the file is there; print how often."""
    index = await EmbeddedIndex.open(Path(folder), embedding=hash_embedding())
    searches = 0
    while not await asyncio.to_thread(Path(stop_file).exists):
        for query in ("first", "sea sentence"):
            matches = await index.match_words(query, 5, Filter())
            assert matches, query
            await index.load([m.passage_id for m in matches])
        assert await index.match_vectors(hash_vector("sea sentence"), 5, Filter())
        searches += 1
        await asyncio.sleep(0.01)
    await index.close()
    print(searches, flush=True)


async def rebuild(folder: str) -> None:
    """Rebuild over and over; print before each."""
    index = await EmbeddedIndex.open(Path(folder), embedding=hash_embedding())
    while True:
        print("rebuilding", flush=True)
        await index.rebuild()


if __name__ == "__main__":
    command = {"add": add, "read": read, "rebuild": rebuild}[sys.argv[1]]
    asyncio.run(command(*sys.argv[2:]))
