"""Every example of the Sonar and Perplexity OSS documents, run as a program of its own.

The files in examples/ are theirs but for the base URL, the key and the words of the prompts; the
first line of each says where it stands. What a document promises of an answer is checked on what
the example prints. Not here: fragments that make no request (how to write a data URI, how to check
a date), and the asynchronous endpoint, whose examples the documents do not show.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.clients.driving import environment, variables
from tests.clients.driving_node import node_program
from tests.clients.serving import Running
from tests.clients.shipped import PICTURE_URI, ModelThread

HERE = Path(__file__).parent
EXAMPLES = {path.name: path for path in sorted((HERE / "examples").iterdir())}
# The documents hold 24 programs and three requests; the other files complete their fragments.
WHOLE = 24 + 3
STARS = "The Milky Way holds more than one hundred billion stars."
EXAMPLE_S = 50

pytestmark = pytest.mark.timeout(2 * EXAMPLE_S + 20)


def run(name: str, server: Running, **settings: str) -> str:
    """What the example prints; it must succeed."""
    path = EXAMPLES[name]
    programs = {
        ".sh": lambda: ["bash", "-eu", str(path)],
        ".py": lambda: [str(environment("reference-examples")), str(path)],
        ".mjs": lambda: [str(node_program()), str(path)],
    }
    done = subprocess.run(
        programs[path.suffix](),
        env=variables(server) | {"BASE_URL": server.url, "API_KEY": server.key} | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=EXAMPLE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout, done.stderr
    return done.stdout


def body_of(name: str, server: Running, **settings: str) -> Any:
    """The body that the example prints: as JSON, or as Python shows it."""
    printed = run(name, server, **settings)
    body = json.loads(printed) if name.endswith(".sh") else ast.literal_eval(printed)
    assert "error" not in body, body
    return body


def check_answer(body: Any, model: str) -> str:
    """The fields that the documents promise of each answer; returns its text."""
    assert body["object"] == "chat.completion"
    assert body["model"] == model
    assert isinstance(body["id"], str)
    assert isinstance(body["created"], int)
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert body["citations"] == [result["url"] for result in body["search_results"]]
    (choice,) = body["choices"]
    assert choice["index"] == 0
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    text: str = choice["message"]["content"]
    return text


def hosts_of(body: Any) -> set[str]:
    return {urlsplit(url).hostname or "" for url in body["citations"]}


def test_all_examples_are_here_and_run() -> None:
    """Each file has a test, and none of the whole examples has been dropped."""
    run_here = set(re.findall(r'"(\w+\.(?:sh|py|mjs))"', Path(__file__).read_text("utf-8")))
    assert run_here == set(EXAMPLES)
    fragments = [
        name
        for name, path in EXAMPLES.items()
        if re.search(r"fragment|payload|the list", path.read_text("utf-8").splitlines()[0])
    ]
    assert len(EXAMPLES) - len(fragments) == WHOLE


# The brief description of the Sonar API, and the first steps of the older documents.


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("brief_chat.sh", "llama-3.1-sonar-small-128k-online"),
        ("brief_chat.py", "llama-3.1-sonar-small-128k-online"),
        ("first_call.sh", "sonar-pro"),
        ("context_low.sh", "sonar"),
    ],
)
def test_first_call(name: str, asked: str, quoting_server: Running) -> None:
    body = body_of(name, quoting_server)
    assert STARS in check_answer(body, asked)
    assert "https://stars.example/milky-way" in body["citations"]
    assert body["usage"]["search_context_size"] == "low"


def test_first_call_with_fetch(quoting_server: Running) -> None:
    printed = run("brief_chat.mjs", quoting_server)
    assert "object: 'chat.completion'" in printed
    assert "'https://stars.example/milky-way'" in printed
    assert "error:" not in printed


def test_first_call_with_openais_client_whole_and_streamed(quoting_server: Running) -> None:
    whole, *chunks = run("first_call.py", quoting_server).splitlines()
    assert whole.startswith("ChatCompletion(")
    assert STARS in whole
    assert "citations=['https://stars.example/milky-way'" in whole
    assert len(chunks) > 1
    assert all(line.startswith("ChatCompletionChunk(") for line in chunks)
    assert "finish_reason='stop'" in chunks[-1]
    deltas = re.findall(r"ChoiceDelta\([^)]*content='([^']*)'", "\n".join(chunks))
    assert STARS in "".join(deltas)


# Perplexity OSS.


def test_oss_request_with_every_field(quoting_server: Running) -> None:
    body = body_of("oss_chat_request.sh", quoting_server)
    assert "Quantum computing is calculation with quantum states." in check_answer(body, "default")
    assert body["citations"] == ["https://arxiv.org/abs/1"]
    assert body["search_results"][0]["content"]
    assert "images" not in body
    assert "related_questions" not in body


def check_results(body: Any, hosts: set[str]) -> None:
    assert {urlsplit(result["url"]).hostname for result in body["results"]} == hosts
    for result in body["results"]:
        assert result["title"]
        assert result["snippet"]
        assert None not in result.values()


def test_oss_search_with_every_field(quoting_server: Running) -> None:
    check_results(
        body_of("oss_search_request.sh", quoting_server), {"www.science.org", "arxiv.org"}
    )


def test_oss_search(quoting_server: Running) -> None:
    body = body_of("oss_search.sh", quoting_server)
    check_results(body, {"www.science.org", "www.nature.com"})
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", one["date"]) for one in body["results"])


def test_oss_models(quoting_server: Running) -> None:
    body = body_of("oss_models.sh", quoting_server)
    assert body["object"] == "list"
    (default,) = [model for model in body["data"] if model["id"] == "default"]
    assert default["object"] == "model"
    assert isinstance(default["created"], int)
    assert default["owned_by"]


def test_oss_chat(quoting_server: Running) -> None:
    text = check_answer(body_of("oss_chat.sh", quoting_server), "default")
    assert "Artificial intelligence is the study of machines" in text


def test_oss_stream_ends_with_done(quoting_server: Running) -> None:
    events = [line for line in run("oss_chat_stream.sh", quoting_server).splitlines() if line]
    assert all(line.startswith(("data: ", ":")) for line in events)
    assert events[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in events[:-1] if line[0] != ":"]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"]["role"] == "assistant"
    text = "".join(choice["delta"].get("content") or "" for choice in choices)
    assert "Machine learning is the finding of rules from examples." in text
    ends = [choice["finish_reason"] for choice in choices]
    assert ends == [None] * (len(ends) - 1) + ["stop"]


def test_oss_filters(quoting_server: Running) -> None:
    body = body_of("oss_chat_filters.sh", quoting_server)
    assert "artificial intelligence research" in check_answer(body, "default")
    assert hosts_of(body) == {"arxiv.org", "paperswithcode.com"}
    related = body["related_questions"]
    assert isinstance(related, list)
    assert all(isinstance(question, str) for question in related)


def test_oss_with_openais_client(quoting_server: Running) -> None:
    assert "Quantum computing is calculation" in run("oss_openai.py", quoting_server)


def test_oss_with_openais_client_streamed(quoting_server: Running) -> None:
    assert "A neural network is a chain of weighted sums." in run(
        "oss_openai_stream.py", quoting_server
    )


def test_oss_with_fetch(quoting_server: Running) -> None:
    assert "Machine learning is the finding of rules" in run("oss_fetch.mjs", quoting_server)


def test_oss_domain_filter(quoting_server: Running) -> None:
    body = body_of("oss_domain_fragment.sh", quoting_server)
    assert "found a friend of mine" in check_answer(body, "default")
    assert hosts_of(body) == {"www.reddit.com"}


def test_oss_recency_filter(quoting_server: Running) -> None:
    body = body_of("oss_recency_fragment.sh", quoting_server)
    check_answer(body, "default")
    assert {"arxiv.org", "paperswithcode.com"} <= hosts_of(body)
    week = (datetime.now(UTC) - timedelta(days=8)).date().isoformat()
    assert all(result["date"] >= week for result in body["search_results"])


def test_oss_pro_search(quoting_server: Running) -> None:
    body = body_of("oss_pro_search_fragment.sh", quoting_server)
    assert "Quantum computing is calculation" in check_answer(body, "default")


# The older official documents.


@pytest.mark.parametrize("name", ["date_range.sh", "date_range.py"])
def test_date_range_and_recency_together_are_intersected(
    name: str, quoting_server: Running
) -> None:
    """They met when the document was written; no page is of both times now."""
    body = body_of(name, quoting_server)
    assert check_answer(body, "sonar-pro")
    assert body["citations"] == []


def test_date_range(quoting_server: Running) -> None:
    body = body_of("date_range_fragment.sh", quoting_server)
    assert "the crane is mended" in check_answer(body, "sonar-pro")
    assert [result["date"] for result in body["search_results"]] == ["2025-03-03"]


def test_dates_after(quoting_server: Running) -> None:
    body = body_of("date_after.py", quoting_server)
    assert "the ferry is late" in check_answer(body, "sonar-pro")
    month = (datetime.now(UTC) - timedelta(days=32)).date().isoformat()
    assert all(result["date"] >= month for result in body["search_results"])


@pytest.mark.parametrize("name", ["image.sh", "image.py"])
def test_image(
    name: str, writing_server: Running, model: ModelThread, files: dict[str, str]
) -> None:
    model.say("A red point.")
    body = body_of(name, writing_server, IMAGE=files["PICTURE"])
    assert check_answer(body, "sonar-pro") == "A red point."
    assert PICTURE_URI in model.pictures()


def test_prompt_guide(quoting_server: Running) -> None:
    body = body_of("prompt_guide.sh", quoting_server)
    assert "a function that yields values" in check_answer(body, "sonar")
    assert hosts_of(body) <= {"docs.python.org", "en.wikipedia.org"}
    assert body["usage"]["search_context_size"] == "medium"


def test_low_context(quoting_server: Running) -> None:
    assert STARS in run("context_low.py", quoting_server)


CRISIS = "Loans that nobody could pay back caused the financial crisis of 2008."


def test_high_context(quoting_server: Running) -> None:
    body = body_of("context_high.sh", quoting_server)
    check_thoughts(check_answer(body, "sonar-reasoning-pro"), CRISIS)
    assert body["usage"]["search_context_size"] == "high"
    assert body["usage"]["cost"]["request_cost"] == 0.014


def test_high_context_in_python(quoting_server: Running) -> None:
    check_thoughts(run("context_high.py", quoting_server), CRISIS)


def check_thoughts(text: str, fact: str) -> None:
    """Reasoning models think aloud before they answer."""
    assert text.startswith("<think>")
    thoughts, _, answer = text.partition("</think>")
    assert len(thoughts) > len("<think>")
    assert fact in answer


def test_allowed_domains(quoting_server: Running) -> None:
    text = run("domains_allowed.py", quoting_server)
    check_thoughts(text, "The James Webb telescope found")
    assert "friend of mine" not in text


def test_denied_domains(quoting_server: Running) -> None:
    text = run("domains_denied.py", quoting_server)
    assert "turbines that float" in text
    assert "my bicycle" not in text
    assert "are the questions" not in text


def test_mixed_domains(quoting_server: Running) -> None:
    body = body_of("domains_mixed.sh", quoting_server)
    assert "older than expected" in check_answer(body, "sonar")
    assert hosts_of(body) == {"en.wikipedia.org"}


PERSON = {"first_name": "Ada", "last_name": "Quill", "year_of_birth": 1901, "num_seasons_in_nba": 0}


def test_json_schema(writing_server: Running, model: ModelThread) -> None:
    model.say(json.dumps(PERSON))
    assert json.loads(run("structured_json.py", writing_server)) == PERSON
    wanted = model.server.requests[-1].body["response_format"]
    assert wanted["type"] == "json_schema"
    assert set(wanted["json_schema"]["schema"]["properties"]) == set(PERSON)


def test_regex(writing_server: Running, model: ModelThread) -> None:
    model.say("192.0.2.7")
    assert run("structured_regex.py", writing_server).strip() == "192.0.2.7"
