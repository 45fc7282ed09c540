"""The embedder with its real files."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

import numpy as np
import pytest

from hydrophone.llm.embedder import OnnxEmbedder
from hydrophone.llm.files import BGE_SMALL_EN, ModelFiles, find_model_files
from hydrophone.llm.onnx import LOWEST_PRIORITY, Lane, ModelClosed, ModelRunFailed, TextModel

TEXTS = [
    "The cat sat on the mat.",
    "Tides are caused by the pull of the moon and the sun on the oceans. " * 6,
    "PostgreSQL writes changes to the write-ahead log before the tables.",
    "ein Satz auf Deutsch, 中文, and 🐈",
    "not \ud800 Unicode",
    "",
]


async def test_vectors_have_length_one_and_the_stated_shape(embedder: OnnxEmbedder) -> None:
    vectors = await embedder.embed_passages(TEXTS)
    query = await embedder.embed_query("what causes tides?")
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert query.shape == (embedder.dimensions,)
    assert vectors.dtype == query.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert (await embedder.embed_passages([])).shape == (0, embedder.dimensions)


async def test_a_text_has_the_same_vector_whatever_stands_beside_it(
    embedder: OnnxEmbedder,
) -> None:
    together = await embedder.embed_passages(TEXTS)
    backwards = await embedder.embed_passages(TEXTS[::-1])
    alone = [(await embedder.embed_passages([text]))[0] for text in TEXTS]
    np.testing.assert_array_equal(together, backwards[::-1])
    np.testing.assert_array_equal(together, np.stack(alone))


async def test_questions_and_passages_are_embedded_by_the_same_model() -> None:
    embedder = OnnxEmbedder(find_model_files(BGE_SMALL_EN), query_prefix="")
    text = TEXTS[0]
    query, passages = await asyncio.gather(
        embedder.embed_query(text), embedder.embed_passages([text])
    )
    np.testing.assert_array_equal(query, passages[0])
    await embedder.close()


async def test_a_vector_is_the_first_tokens_state_scaled(embedder: OnnxEmbedder) -> None:
    states = TextModel(find_model_files(BGE_SMALL_EN)).run(TEXTS[0])
    assert states.shape[0] == 1
    assert states.shape[2] == embedder.dimensions
    (vector,) = await embedder.embed_passages(TEXTS[:1])
    np.testing.assert_allclose(vector * np.linalg.norm(states[0, 0]), states[0, 0], atol=1e-4)


async def test_a_paraphrase_is_nearer_than_a_stranger(embedder: OnnxEmbedder) -> None:
    one, paraphrase, stranger = await embedder.embed_passages(
        [
            "The company's profit grew by a fifth last year.",
            "Last year the firm earned twenty percent more.",
            "Penguins breed on the ice in the dark of winter.",
        ]
    )
    assert one @ paraphrase > one @ stranger + 0.2


async def test_a_question_finds_its_passage(embedder: OnnxEmbedder) -> None:
    passages = await embedder.embed_passages(TEXTS[:3])
    query = await embedder.embed_query("why does the sea level rise and fall each day?")
    assert int(np.argmax(passages @ query)) == 1


async def test_a_text_beyond_512_tokens_is_cut_not_refused(embedder: OnnxEmbedder) -> None:
    long, longer = await embedder.embed_passages(["tide " * 600, "tide " * 6000 + "penguin"])
    np.testing.assert_array_equal(long, longer)


async def test_background_work_has_a_model_and_threads_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs: list[tuple[str, int, str]] = []
    run = TextModel.run

    def recording(self: TextModel, text: str, second: str | None = None) -> object:
        runs.append((text, id(self), threading.current_thread().name))
        return run(self, text, second)

    monkeypatch.setattr(TextModel, "run", recording)
    embedder = OnnxEmbedder(find_model_files(BGE_SMALL_EN), query_prefix="")
    await asyncio.gather(
        embedder.embed_query("question"), embedder.embed_passages(["passage", "passage"])
    )
    await embedder.close()
    questions = {(model, thread) for text, model, thread in runs if text == "question"}
    passages = {(model, thread) for text, model, thread in runs if text == "passage"}
    assert len(questions) == len(passages) == 1
    (question_model, question_thread), (passage_model, passage_thread) = questions | passages
    assert question_model != passage_model
    assert question_thread != passage_thread
    assert threading.current_thread().name not in (question_thread, passage_thread)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
async def test_background_threads_have_the_lowest_priority_and_questions_the_usual_one() -> None:
    def priority(model: TextModel) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    files = find_model_files(BGE_SMALL_EN)
    usual = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    questions, background = Lane(files), Lane(files, background=True)
    assert await questions.submit(priority) == usual
    assert await background.submit(priority) == LOWEST_PRIORITY
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == usual
    await questions.close()
    await background.close()


async def test_cancelling_stops_background_work_within_one_text(
    embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    runs: list[str] = []
    run = TextModel.run

    def recording(self: TextModel, text: str, second: str | None = None) -> object:
        runs.append(text)
        loop.call_soon_threadsafe(begun.set)
        return run(self, text, second)

    monkeypatch.setattr(TextModel, "run", recording)
    task = asyncio.create_task(embedder.embed_passages(["tide " * 400] * 1000))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await embedder.close()
    assert len(runs) <= 2


async def test_closing_ends_background_work_and_refuses_more(embedder: OnnxEmbedder) -> None:
    task = asyncio.create_task(embedder.embed_passages(["tide " * 400] * 1000))
    await embedder.embed_query("something, so that the work has begun")
    await embedder.close()
    with pytest.raises(ModelClosed):
        await task
    with pytest.raises(ModelClosed):
        await embedder.embed_query("more")
    await embedder.close()
    assert not [t for t in threading.enumerate() if t.name.startswith(embedder.model)]


async def test_a_file_that_is_no_model_is_a_clear_error(tmp_path: object) -> None:
    found = find_model_files(BGE_SMALL_EN)
    lane = Lane(ModelFiles("nonsense", found.tokenizer, found.tokenizer))
    with pytest.raises(ModelRunFailed, match="nonsense could not be loaded"):
        await lane.load()
    await lane.close()
