"""The layouts that data sets come in.

- BEIR: `corpus.jsonl` (_id, title, text), `queries.jsonl` (_id, text) and judgements of each split
  in `qrels/test.tsv` or `qrels_test.tsv`.
- Passages: `passages.jsonl` (_id, title, text) and `questions.jsonl` (_id, question, passage_id).
- Paragraphs, of HotpotQA and MuSiQue: each question brings paragraphs of its own; those of all
  questions are searched together, and the supporting ones are relevant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hydrophone.evaluation.datasets import DataSet, Query, Split, address, halved
from hydrophone.evaluation.rows import DataSetError, Row, find, read_judgements, read_rows
from hydrophone.types import Document

PARAGRAPH_SETS = ("hotpotqa", "musique")
_SUPPORTING_PARTS = 2


def read_beir(folder: Path, name: str, split: Split | None) -> DataSet:
    """A set in BEIR's layout; the test split unless another is asked for."""
    asked = split or "test"
    judged = _judgements(folder, asked)
    documents, urls = _read_corpus(_need(folder, "corpus"), name)
    queries = []
    for row in read_rows(_need(folder, "queries")):
        query_id = row.text("_id", "id")
        if query_id in judged:
            text = _question(row, "text")
            queries.append(Query(query_id, text, _by_url(judged[query_id], urls, row)))
    missing = judged.keys() - {query.id for query in queries}
    if missing:
        raise DataSetError(
            f"{folder}: the question {min(missing)} is judged but not among the queries"
        )
    return DataSet(name, asked, documents, queries)


def read_passages(folder: Path, name: str, split: Split | None) -> DataSet:
    """Passages and questions, each with the one passage that it was written for."""
    documents, urls = _read_corpus(_need(folder, "passages"), name)
    queries = [
        Query(
            question_id(row, number),
            _question(row, "question"),
            _by_url({row.text("passage_id"): 1}, urls, row),
        )
        for number, row in enumerate(read_rows(_need(folder, "questions")), start=1)
    ]
    return _with_half(name, split, documents, queries, folder)


def read_paragraphs(file: Path, name: str, split: Split | None) -> DataSet:
    """The paragraphs of all questions; one that several questions bring is one document."""
    documents: dict[tuple[str, str], Document] = {}
    queries: list[Query] = []
    for number, row in enumerate(read_rows(file), start=1):
        supporting = _supporting_titles(row)
        relevant: dict[str, int] = {}
        for paragraph in row.rows("paragraphs"):
            title, text = paragraph.text("title"), _paragraph_text(paragraph)
            url = address(name, len(documents))
            document = documents.setdefault((title, text), Document(url, title, text))
            if title in supporting or paragraph.flag("supporting"):
                relevant[document.url] = 1
        if not relevant:
            raise DataSetError(f"{row.place}: none of the paragraphs is a supporting one")
        queries.append(Query(question_id(row, number), _question(row, "question"), relevant))
    return _with_half(name, split, tuple(documents.values()), queries, file)


def _with_half(
    name: str,
    split: Split | None,
    documents: tuple[Document, ...],
    queries: list[Query],
    place: Path,
) -> DataSet:
    half, asked = halved(queries, split)
    if not documents or not asked:
        raise DataSetError(f"{place}: it holds no {'questions' if documents else 'documents'}")
    return DataSet(name, half, documents, asked)


def _read_corpus(file: Path, name: str) -> tuple[tuple[Document, ...], Mapping[str, str]]:
    """The documents that have text, and the URL of each id."""
    documents: list[Document] = []
    urls: dict[str, str] = {}
    for row in read_rows(file):
        key = row.text("_id", "id")
        if key in urls:
            raise DataSetError(f"{row.place}: the id {key!r} has come before")
        urls[key] = address(name, len(urls))
        title, text = row.text("title", default=""), row.text("text")
        if text.strip() or title.strip():
            documents.append(Document(urls[key], title, text if text.strip() else title))
    if not documents:
        raise DataSetError(f"{file}: it holds no documents")
    return tuple(documents), urls


def _judgements(folder: Path, split: Split) -> dict[str, dict[str, int]]:
    tables = {file.stem.removeprefix("qrels_"): file for file in _tables(folder)}
    if not tables:
        raise DataSetError(f"{folder}: there are no judgements (qrels/test.tsv or qrels_test.tsv)")
    if split != "all":
        if split not in tables:
            known = ", ".join(sorted(tables))
            raise DataSetError(f"{folder}: there are no judgements of {split!r}, only of: {known}")
        return read_judgements(tables[split])
    merged: dict[str, dict[str, int]] = {}
    for file in tables.values():
        for query_id, relevant in read_judgements(file).items():
            merged.setdefault(query_id, {}).update(relevant)
    return merged


def _tables(folder: Path) -> Iterator[Path]:
    yield from sorted((folder / "qrels").glob("*.tsv"))
    yield from sorted(folder.glob("qrels_*.tsv"))


def _need(folder: Path, stem: str) -> Path:
    file = find(folder, stem)
    if file is None:
        raise DataSetError(f"{folder}: there is no {stem}.jsonl (or {stem}.jsonl.gz)")
    return file


def _by_url(relevant: Mapping[str, int], urls: Mapping[str, str], row: Row) -> dict[str, int]:
    unknown = [key for key in relevant if key not in urls]
    if unknown:
        raise DataSetError(f"{row.place}: the relevant document {unknown[0]!r} is not there")
    return {urls[key]: grade for key, grade in relevant.items()}


def question_id(row: Row, number: int) -> str:
    """The id of a question, or its number in the file, from 1 on, where it has none."""
    return row.text("_id", "id", default=str(number))


def _question(row: Row, name: str) -> str:
    text = row.text(name).strip()
    if not text:
        raise DataSetError(f"{row.place}: the question is empty")
    return text


def _supporting_titles(row: Row) -> set[str]:
    """HotpotQA names supporting sentences: [title, number of the sentence]."""
    titles: set[str] = set()
    if "supporting" not in row.fields:
        return titles
    for item in row.items("supporting"):
        if not isinstance(item, list) or len(item) != _SUPPORTING_PARTS:
            raise DataSetError(f"{row.place}: 'supporting' is no list of [title, sentence]")
        titles.add(str(item[0]))
    return titles


def _paragraph_text(paragraph: Row) -> str:
    if "sentences" in paragraph.fields:
        return "".join(str(sentence) for sentence in paragraph.items("sentences"))
    return paragraph.text("text")
