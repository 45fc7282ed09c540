"""Own documents as resources, and the prompts."""

from __future__ import annotations

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import TextContent, TextResourceContents

from hydrophone.mcp.resources import document_uri
from tests.mcp.serving import OWN_URL


async def test_documents_are_listed_a_page_at_a_time(client: Client) -> None:
    first = await client.list_resources()
    assert [one.name for one in first.resources] == [OWN_URL, "https://b.example/"]
    assert first.next_cursor is not None
    second = await client.list_resources(cursor=first.next_cursor)
    assert [one.title for one in second.resources] == ["C"]
    assert second.next_cursor is None


async def test_every_listed_document_can_be_read(client: Client) -> None:
    for one in (await client.list_resources()).resources:
        (content,) = (await client.read_resource(one.uri)).contents
        assert isinstance(content, TextResourceContents)
        assert content.text == f"Text of {one.title or ''}"
        assert content.mime_type == "text/plain"


async def test_names_with_any_character_are_kept(client: Client) -> None:
    (resource, *_) = (await client.list_resources()).resources
    assert resource.uri == document_uri("my notes/1", OWN_URL)
    assert "//notes" not in resource.uri


async def test_the_template_tells_how_a_documents_uri_is_made(client: Client) -> None:
    (template,) = (await client.list_resource_templates()).resource_templates
    assert template.uri_template == "hydrophone://documents/{collection}/{url}"


@pytest.mark.parametrize(
    "uri",
    [
        document_uri("web", OWN_URL),
        document_uri("web", "file:///etc/passwd"),
        "hydrophone://documents/web/../../etc/passwd",
        "hydrophone://elsewhere/x",
    ],
)
async def test_what_is_not_indexed_is_not_found(client: Client, uri: str) -> None:
    with pytest.raises(MCPError) as caught:
        await client.read_resource(uri)
    assert caught.value.error.code == -32602


async def test_a_cursor_of_somebody_else_is_refused(client: Client) -> None:
    with pytest.raises(MCPError, match="no mark of a list"):
        await client.list_resources(cursor="3")


async def test_prompts_name_the_tools_and_carry_what_was_given(client: Client) -> None:
    prompts = (await client.list_prompts()).prompts
    assert [one.name for one in prompts] == [
        "answer_with_citations",
        "compare_sources",
        "research_report",
    ]
    for prompt in prompts:
        assert prompt.arguments
        arguments = {prompt.arguments[0].name: "blue whales"}
        (message,) = (await client.get_prompt(prompt.name, arguments)).messages
        assert isinstance(message.content, TextContent)
        assert "blue whales" in message.content.text
        assert "perplexity_" in message.content.text
