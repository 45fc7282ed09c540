"""The same clients, a bridge further away: their server asks the Agent API of another one.

    Sonar client → server with the official API set → a server's own Agent API → its engine

The tests are those of the folder above, run as they are. What is different by nature is in
`DIFFERENCES`, as in the table of docs/upstream.md; a difference that is gone fails as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.gate import Gate
from hydrophone.accounts.gatekeeper import Gatekeeper
from hydrophone.accounts.keys import KeyStore
from hydrophone.accounts.search_gate import SearchGate
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.app.official.around import AroundOfficial
from hydrophone.app.official.first import OfficialFirst
from hydrophone.catalog import Catalog, Official
from hydrophone.engine.profile import Profile
from hydrophone.ports import Answerer, House, ModelCard, Preset
from hydrophone.scripted import instant
from hydrophone.storage.state import open_state
from hydrophone.types import Event, Question, RequestContext, Secret
from hydrophone.upstream.answerer import OfficialAnswerer
from hydrophone.upstream.client import OfficialApi
from hydrophone.upstream.search import OfficialSearcher
from hydrophone.upstream.signatures import Signatures
from hydrophone.upstream.target import Target, read_targets
from tests.api.serving import PRICE
from tests.clients.house import one_page_house, whole_house
from tests.clients.serving import Running, ServerThread
from tests.clients.shipped import KEY, ModelThread, shipped

# What only the far server has, under the names that its own tests ask for.
FAR = ("local/", "scripted/")
# By file and test, and a part of its parameters where only some of them differ.
DIFFERENCES: Mapping[tuple[str, str, str], str] = {
    (file, test, parameters): why
    for why, tests in {
        "related questions are asked anew, of a small model, and come last": (
            ("node", "test_own_client_reads_images_and_related_questions", ""),
            (
                "python_langchain",
                "test_images_and_related_questions_are_read_off_the_first_chunk",
                "",
            ),
            ("python_litellm", "test_images_and_related_questions_pass_through", ""),
            ("python_openai", "test_related_questions_come_when_asked_for", ""),
            (
                "python_perplexityai",
                "test_images_videos_and_related_questions_come_whole_and_streamed",
                "",
            ),
        ),
        "the Agent API has no videos": (
            ("python_langchain", "test_videos_come_whole_and_streamed", ""),
        ),
        "a language filter is only a wish": (
            ("python_openai", "test_filters_go_in_the_extra_body", ""),
            ("python_perplexityai", "test_the_clients_filters_hold_for_the_chat", ""),
        ),
        "a pattern stays with this house's engine, which here has nothing to say": (
            ("python_openai", "test_a_pattern_is_answered_from_a_source_without_a_model", ""),
        ),
        "only searches and readings are told as steps": (
            ("node", "test_own_client_reads_the_concise_mode", ""),
        ),
        "what may be the beginning of a mark waits, blanks too": (
            ("node", "test_ai_sdk_gets_a_stream_piece_by_piece", ""),
            ("node", "test_ai_sdk_tells_that_a_stream_broke", ""),
        ),
        "errors say that they are the official API's": (
            ("node", "test_own_client_raises_when_a_stream_breaks", ""),
            ("python_agent", "test_an_answer_that_broke_off_has_failed", ""),
        ),
        "this house keeps no jobs, and makes no vectors": (
            ("python_agent", "test_what_runs_in_the_background_is_come_back_for", ""),
            ("python_agent", "test_an_unknown_response_is_not_found", ""),
            ("python_haystack", "test_a_text_becomes_a_vector_of_the_model_that_ran", ""),
            ("python_haystack", "test_bits_are_the_signs_of_the_numbers", ""),
            ("python_haystack", "test_documents_get_vectors_that_differ", ""),
            (
                "python_haystack",
                "test_errors_have_their_class_and_integer_code",
                "unknown embedder",
            ),
        ),
        "a failure that comes before the sources is a status, not an event": (
            (
                "python_openai",
                "test_errors_have_their_class_type_and_integer_code",
                "prose for JSON streamed",
            ),
        ),
    }.items()
    for file, test, parameters in tests
}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Expect the differences, and nothing else."""
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        file, test = item.path.stem.removeprefix("test_"), getattr(item, "originalname", item.name)
        for (in_file, name, parameters), why in DIFFERENCES.items():
            if (file, test) == (in_file, name) and parameters in item.name:
                item.add_marker(pytest.mark.xfail(reason=why, strict=True))


class Desk:
    """The catalog; and for models of the far server's own, what asks for them by their names."""

    def __init__(self, catalog: Catalog, build: Callable[[Target, Profile], Answerer]) -> None:
        self._catalog = catalog
        self._build = build

    def cards(self) -> Sequence[ModelCard]:
        """Those of the catalog."""
        return self._catalog.cards()

    def card(self, model: str) -> ModelCard:
        """The one with this id. Raises InvalidModel."""
        if model.startswith(FAR):
            return ModelCard(model, 1_790_000_000, "hydrophone", price=PRICE)
        return self._catalog.card(model)

    def preset(self, name: str) -> Preset:
        """Those of the catalog."""
        return self._catalog.preset(name)

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """By the far server."""
        if question.model.startswith(FAR):
            target = Target("model", question.model)
            return self._build(target, Profile()).answer(question, context)
        return self._catalog.answer(question, context)


async def bridged_house(stack: AsyncExitStack, *, folder: Path, far: Running) -> tuple[House, str]:
    """A house that has nothing but the way to the far server, and the key that it asks for."""
    api = OfficialApi(far.url, Secret(far.key))
    stack.push_async_callback(api.close)

    def engine(profile: Profile) -> Answerer:
        return instant("The engine of this house has nothing to say.")

    def build(target: Target, profile: Profile) -> Answerer:
        answerer = OfficialAnswerer(api, target, Signatures(), deadline_s=30)
        return OfficialFirst(AroundOfficial(answerer, api), engine(profile), falls_back=False)

    official = Official(read_targets(("*", "default=fast")), build)
    desk = Desk(Catalog(engine, official=official), build)
    state = await open_state(folder / "state.db")
    stack.push_async_callback(state.close)
    ledger = DurableLedger(state)
    stack.push_async_callback(ledger.close)
    keys = KeyStore(state)
    await keys.refresh()
    key = (await keys.create("tests")).key.reveal()
    keeper = Gatekeeper("keys", keys, StaticKeys())
    searcher = SearchGate(OfficialSearcher(api, deadline_s=30), ledger)
    return House(Gate(desk, ledger), keeper, desk, searcher), key


def serve(far: Running, folder: Path) -> ServerThread:
    """A server before the far one."""
    return ServerThread(partial(bridged_house, folder=folder, far=far))


@pytest.fixture(scope="session")
def keys_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """In place of the server above that asks for keys: at the other end the engine quotes one
    page."""
    build = partial(one_page_house, folder=tmp_path_factory.mktemp("far"), with_keys=True)
    far = ServerThread(build)
    near = serve(far.start(), tmp_path_factory.mktemp("near"))
    yield near.start()
    near.stop()
    far.stop()


@pytest.fixture(scope="session")
def server(keys_server: Running) -> Running:
    """In place of the server above; of its two modes one is enough here."""
    return keys_server


@pytest.fixture(scope="session")
def whole_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """In place of the server above with a small web, language models and scripts."""
    far = ServerThread(partial(whole_house, folder=tmp_path_factory.mktemp("far-whole")))
    near = serve(far.start(), tmp_path_factory.mktemp("near-whole"))
    yield near.start()
    near.stop()
    far.stop()


@pytest.fixture(scope="session")
def quoting_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """In place of the server above that reads files without a language model."""
    with shipped(tmp_path_factory.mktemp("far-quoting")) as far:
        near = serve(Running(far.url, KEY), tmp_path_factory.mktemp("near-quoting"))
        yield near.start()
        near.stop()


@pytest.fixture(scope="session")
def writing_server(
    model: ModelThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """In place of the server above that has a language model that sees."""
    with shipped(tmp_path_factory.mktemp("far-writing"), **model.settings) as far:
        near = serve(Running(far.url, KEY), tmp_path_factory.mktemp("near-writing"))
        yield near.start()
        near.stop()
