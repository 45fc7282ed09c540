"""The pairs of passages and vectors are what the two tables say, whatever happens to these."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

from hydrophone.index.versions import prepare_version
from hydrophone.storage.index_db import IndexDatabase, migrate
from hydrophone.storage.index_db_documents import delete_some, put_version, set_authority
from hydrophone.storage.index_db_filter import Condition
from hydrophone.storage.index_db_passages import list_allowed_documents, load_passages
from hydrophone.storage.index_db_vectors import (
    add_model,
    add_vectors,
    drop_other_models,
    find_allowed_pairs,
    list_pairs,
    list_pending,
)
from hydrophone.types import Document

EVERY = Condition("1", ())
JOINED = (
    "SELECT p.document_id, p.id, v.model_id, v.id FROM passages p "
    "JOIN vectors v ON v.text_hash = p.text_hash ORDER BY 1, 2, 3"
)
KEPT = "SELECT document_id, passage_id, model_id, vector_id FROM passage_vectors ORDER BY 1, 2, 3"


def put(connection: sqlite3.Connection, name: str, text: str, collection: str = "c") -> None:
    new = prepare_version(Document(f"https://a.org/{name}", "", text))
    put_version(connection, collection, new, 0)


def embed(connection: sqlite3.Connection, model: int, most: int) -> None:
    pending = list_pending(connection, model, most)
    add_vectors(connection, model, [(p.text_hash, b"\0\0") for p in pending])


def change_by_chance(connection: sqlite3.Connection, dice: random.Random) -> None:
    models = [add_model(connection, name, 1).id for name in ("one", "two")]
    texts = ["Whales sing.", "Bats call.", "Owls hoot."]
    match dice.randrange(4):
        case 0 | 1:
            put(connection, str(dice.randrange(6)), dice.choice(texts), dice.choice("cd"))
        case 2:
            embed(connection, dice.choice(models), dice.randrange(1, 4))
        case _:
            delete_some(connection, dice.choice("cd"), f"https://a.org/{dice.randrange(6)}", 9)


async def test_the_pairs_follow_passages_and_vectors(tmp_path: Path) -> None:
    database = IndexDatabase(tmp_path / "index.db")
    dice = random.Random(1)
    seen = 0
    for _ in range(300):
        await database.write(lambda c: change_by_chance(c, dice))
        joined, kept = await database.read(
            lambda c: (c.execute(JOINED).fetchall(), c.execute(KEPT).fetchall())
        )
        assert kept == joined
        seen = max(seen, len(kept))
    assert seen > 10
    await database.write(lambda c: drop_other_models(c, 1))
    assert {row[2] for row in await database.read(lambda c: c.execute(KEPT).fetchall())} <= {1}
    await database.close()


def test_a_database_that_has_vectors_gets_its_pairs(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    migrate(connection)
    for name in "ab":
        put(connection, name, "Whales sing.")
    embed(connection, add_model(connection, "one", 1).id, 9)
    kept = connection.execute(KEPT).fetchall()
    assert len(kept) == 2
    migrate(connection, 2)
    migrate(connection)
    assert connection.execute(KEPT).fetchall() == kept
    connection.close()


async def test_pairs_are_found_by_documents_and_by_vectors(tmp_path: Path) -> None:
    database = IndexDatabase(tmp_path / "index.db")

    def fill(connection: sqlite3.Connection) -> None:
        for name, text in (("a", "Whales sing."), ("b", "Whales sing."), ("c", "Bats call.")):
            put(connection, name, text)
        embed(connection, add_model(connection, "one", 1).id, 9)

    await database.write(fill)
    assert await database.read(lambda c: list_pairs(c, 1, [1, 3])) == [(1, 1), (3, 2)]
    assert await database.read(lambda c: list_pairs(c, 2, [1, 3])) == []
    only_b = Condition("(d.url = ?)", ("https://a.org/b",))
    assert await database.read(lambda c: find_allowed_pairs(c, [1, 2], only_b)) == [(2, 1)]
    found = await database.read(lambda c: find_allowed_pairs(c, [1, 2, 99], EVERY))
    assert sorted(found) == [(1, 1), (2, 1), (3, 2)]
    await database.close()


async def test_authority_stays_when_a_document_is_put_again(tmp_path: Path) -> None:
    database = IndexDatabase(tmp_path / "index.db")
    await database.write(lambda c: put(c, "a", "Whales sing."))
    await database.write(lambda c: put(c, "a", "Whales sing.", "other"))
    linked = {"https://a.org/a": 7.0, "https://a.org/nowhere": 0.5}
    await database.write(lambda c: set_authority(c, "c", linked))
    await database.write(lambda c: put(c, "a", "Whales sang."))
    allowed = await database.read(lambda c: list_allowed_documents(c, EVERY, 99))
    assert allowed is not None
    rows = await database.read(lambda c: load_passages(c, [1, 2, 3]))
    assert {row.collection: row.authority for row in rows} == {"c": 1.0, "other": 0.0}
    await database.close()
