"""The OpenAPI document against the server: whatever is sent, no 5xx and nothing undocumented."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
import requests
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.conjecture import providers
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hydrophone.api.application import build_application
from hydrophone.storage.state import open_state
from tests.api.serving import BODY_LIMIT_BYTES, OneResult, doors, serving
from tests.clients.house import one_page_house
from tests.jobs.batches.batching import batching_of
from tests.jobs.working import Report, working

SEED = 4
EXAMPLES = 40
FEW_EXAMPLES = 10
MANY_EXAMPLES = 200
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
QUESTION = "Does the blue whale sing below forty hertz?"
ASKING = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/responses",
    "/v1/search",
    "/v1/events",
)

# What is hardly ever generated as this house knows it: names of presets, tools and languages.
AGENT: dict[str, object] = {
    "preset": "fast",
    "tools": [{"type": "web_search"}],
    "tool_choice": "auto",
    "language_preference": "de",
    **dict.fromkeys(("effort", "models", "text", "skills", "profile", "response_format")),
    "previous_response_id": None,
    "background": False,
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    """What a server with scripted answers says of itself; it stays for as long as it is used."""
    served = scripted(tmp_path_factory.mktemp("scripted"))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(served) as url:
        yield schema_of(url)


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[str]:
    """A server with scripted answers, also in the background; gives its URL."""
    state = await open_state(folder / "state.db")
    async with (
        working(state, Report()) as room,
        doors(
            searcher=OneResult(),
            jobs=room.desk,
            files=(batches := batching_of(state, room)).files,
            batches=batches.desk,
        ) as running,
    ):
        yield running.url
    await state.close()


@pytest.fixture(scope="module")
def engine_schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    """The same of a server whose engine quotes one page."""
    served = quoting(tmp_path_factory.mktemp("engine"))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(served) as url:
        yield schema_of(url)


@asynccontextmanager
async def quoting(folder: Path) -> AsyncIterator[str]:
    """A server with the real engine, gate and ledger; gives its URL."""
    async with AsyncExitStack() as stack:
        house, _ = await one_page_house(stack, folder, with_keys=False)
        application = build_application(
            house, max_body_bytes=BODY_LIMIT_BYTES, default_model="default", cors_origins=[]
        )
        yield await stack.enter_async_context(serving(application))


def schema_of(url: str) -> BaseSchema:
    """The document of a started server."""
    document = requests.get(f"{url}/openapi.json", timeout=10).json()
    found = from_dict(document)
    found.config.update(base_url=url)
    return found


@contextmanager
def the_same_examples() -> Iterator[None]:
    """Hypothesis also tries literals of whatever of ours is imported: what one seed generates would
    then change with the other tests of the run, and with every line of the source."""
    nothing = providers.Constants()
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(providers, "_get_local_constants", lambda: nothing)
        patching.setattr(providers, "CONSTANTS_CACHE", {})
        yield


def fuzz(
    schema: BaseSchema,
    path: str,
    mode: GenerationMode,
    examples: int,
    *,
    posted: Sequence[str] = ASKING,
    **fixed: object,
) -> set[int]:
    """Send generated requests, the same ones each time; the statuses that came back. `fixed` are
    values of fields that are sent in place of generated ones."""
    statuses: set[int] = set()
    method = "POST" if path in posted else "GET"

    @seed(SEED)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(mode))
    def send(case: Case) -> None:
        if isinstance(case.body, dict):  # else an unknown model hides whatever else there is
            case.body |= {"model": "sonar"} if "model" in case.body else {}
            case.body |= {name: value for name, value in fixed.items() if name in case.body}
        response = case.call(session=session)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    with requests.Session() as session, the_same_examples():
        send()
    return statuses


@pytest.mark.parametrize("path", ASKING)
def test_requests_that_fit_the_document_get_documented_answers(
    schema: BaseSchema, path: str
) -> None:
    statuses = fuzz(schema, path, GenerationMode.POSITIVE, EXAMPLES)
    assert HTTPStatus.OK in statuses
    assert HTTPStatus.UNPROCESSABLE_ENTITY not in statuses


@pytest.mark.parametrize("path", ASKING)
def test_requests_that_break_the_document_get_documented_errors(
    schema: BaseSchema, path: str
) -> None:
    statuses = fuzz(schema, path, GenerationMode.NEGATIVE, EXAMPLES)
    assert {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY} <= statuses


def test_every_path_that_is_read_gives_what_the_document_says(schema: BaseSchema) -> None:
    read = [one.ok() for one in schema.get_all_operations() if one.ok().method == "get"]
    assert len(read) >= 6
    for operation in read:
        fuzz(schema, operation.path, GenerationMode.POSITIVE, FEW_EXAMPLES)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", ASKING)
def test_many_requests_get_documented_answers(
    schema: BaseSchema, path: str, mode: GenerationMode
) -> None:
    assert fuzz(schema, path, mode, MANY_EXAMPLES)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", ASKING)
def test_the_engine_answers_a_question_under_any_options(
    engine_schema: BaseSchema, path: str
) -> None:
    asked: dict[str, object] = {
        "messages": [{"role": "user", "content": QUESTION}],
        "prompt": QUESTION,
        "input": QUESTION,
    }
    if path == "/v1/responses":
        asked |= AGENT
    statuses = fuzz(engine_schema, path, GenerationMode.POSITIVE, MANY_EXAMPLES, **asked)
    assert HTTPStatus.OK in statuses
