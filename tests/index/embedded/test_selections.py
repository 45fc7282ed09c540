"""What a filter allows is found once for one state of the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrophone.index.embedded import selections
from hydrophone.index.embedded.selections import Selections, fetch_next
from hydrophone.index.versions import prepare_version
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_documents import put_version
from hydrophone.storage.index_db_filter import compile_filter
from hydrophone.types import Document, Filter
from tests.index.support import NOW

ENGLISH = compile_filter(Filter(languages=("en",)), NOW)
GERMAN = compile_filter(Filter(languages=("de",)), NOW)


async def add(database: IndexDatabase, name: str, language: str) -> None:
    new = prepare_version(Document(f"https://a.org/{name}", "", "Text.", language=language))
    await database.write(lambda c: put_version(c, "c", new, 0))


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The conditions for which documents were listed."""
    conditions: list[object] = []
    list_documents = selections.list_allowed_documents

    def watch(*given: object) -> object:
        conditions.append(given[1])
        return list_documents(*given)

    monkeypatch.setattr(selections, "list_allowed_documents", watch)
    return conditions


async def test_documents_are_listed_once_until_they_change(
    tmp_path: Path, listed: list[object]
) -> None:
    database, chosen = IndexDatabase(tmp_path / "index.db"), Selections()
    await add(database, "a", "en")
    for _ in range(3):
        allowed = await database.read(lambda c: chosen.narrow(c, ENGLISH))
        assert allowed is not None
        assert allowed.documents == [1]
    assert len(listed) == 1
    await database.read(lambda c: chosen.narrow(c, GERMAN))
    assert len(listed) == 2
    await add(database, "b", "en")
    allowed = await database.read(lambda c: chosen.narrow(c, ENGLISH))
    assert allowed is not None
    assert allowed.documents == [1, 2]
    await database.close()


async def test_too_many_are_none_and_all_of_them_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, chosen = IndexDatabase(tmp_path / "index.db"), Selections()
    for name in "abc":
        await add(database, name, "en")
    monkeypatch.setattr(selections, "NARROW_PASSAGES", 2)
    assert await database.read(lambda c: chosen.narrow(c, ENGLISH)) is None
    assert (await database.read(lambda c: chosen.all(c, ENGLISH))).passages == 3
    await database.close()


async def test_only_the_last_few_filters_are_remembered(
    tmp_path: Path, listed: list[object]
) -> None:
    database, chosen = IndexDatabase(tmp_path / "index.db"), Selections()
    await add(database, "a", "en")
    many = [compile_filter(Filter(languages=(f"x{n}",)), NOW) for n in range(40)]
    for condition in [ENGLISH, *many, ENGLISH]:
        await database.read(lambda c, condition=condition: chosen.narrow(c, condition))
    assert len(listed) == 42
    await database.close()


@pytest.mark.parametrize(
    ("fetched", "wanted", "allowed", "following"),
    [(100, 60, 50, 200), (100, 60, 20, 395), (100, 60, 1, 800), (100, 60, 0, 800)],
)
def test_more_is_fetched_by_what_was_allowed_so_far(
    fetched: int, wanted: int, allowed: int, following: int
) -> None:
    assert fetch_next(fetched, wanted, allowed) == following
