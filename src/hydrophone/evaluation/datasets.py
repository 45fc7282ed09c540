"""What a data set is: documents, questions, and which documents answer which question."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hydrophone.types import Document

Split = Literal["train", "test", "all"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and the grades (above 0) of the documents that answer it, by their URLs."""

    id: str
    text: str
    relevant: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DataSet:
    """Documents, and questions that are asked about them. `split` says which questions."""

    name: str
    split: Split
    documents: Sequence[Document]
    queries: Sequence[Query]


def limited(data: DataSet, most: int | None) -> DataSet:
    """The same set with its first `most` questions."""
    return data if most is None else replace(data, queries=data.queries[:most])


def address(name: str, number: int) -> str:
    """The URL that the document in row `number` of a set is indexed under.

    It says nothing of the document, because words of URLs are searched too.
    """
    return f"eval://{name}/d{number:07}"


def half_of(query_id: str) -> Split:
    """The half that a question is in where a set has no split of its own: by SHA-256 of its id."""
    even = hashlib.sha256(query_id.encode()).digest()[0] % 2 == 0
    return "train" if even else "test"


def halved(queries: Sequence[Query], split: Split | None) -> tuple[Split, list[Query]]:
    """The questions of a half; all of them unless one is asked for."""
    if split in (None, "all"):
        return "all", list(queries)
    return split, [query for query in queries if half_of(query.id) == split]
