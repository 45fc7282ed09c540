"""Images and files in messages: by address, by data URI, in base64, and what cannot be read."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest

from hydrophone.api.chat.parts import MAX_FILE_BYTES, decode_base64, read_part
from hydrophone.api.chat.schema import ContentPart
from hydrophone.errors import InvalidRequest
from hydrophone.types import MediaPart, Part, TextPart
from tests.api.chat.asking import asked, refusal
from tests.api.serving import doors

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"
JPEG = b"\xff\xd8\xff\xe0rest"
GIF = b"GIF89arest"
WEBP = b"RIFF\x00\x00\x00\x00WEBPrest"
PDF = b"%PDF-1.7 rest"
HTTPS = "https://a.example/x?y=z"


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64(data)}"


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


def read(part: dict[str, Any]) -> Part:
    [turn] = asked(**message({"type": "text", "text": "Look:"}, part)).turns
    text, found = turn.parts
    assert text == TextPart("Look:")
    return found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image_url", MediaPart("image", url=HTTPS)),
        ("file_url", MediaPart("file", url=HTTPS)),
        ("pdf_url", MediaPart("file", "application/pdf", url=HTTPS)),
        ("video_url", MediaPart("video", url=HTTPS)),
    ],
)
def test_an_address_is_passed_on_as_text_or_in_an_object(kind: str, expected: MediaPart) -> None:
    assert read({"type": kind, kind: HTTPS}) == expected
    assert read({"type": kind, kind: {"url": HTTPS, "detail": "low"}}) == expected


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp")],
)
@pytest.mark.parametrize("declared", ["image/png", "image/x-own", "application/octet-stream"])
def test_an_image_is_known_by_its_bytes(data: bytes, media_type: str, declared: str) -> None:
    expected = MediaPart("image", media_type, data=data)
    assert read({"type": "image_url", "image_url": {"url": uri(declared, data)}}) == expected
    assert read({"type": "image_url", "image_url": base64(data)}) == expected


@pytest.mark.parametrize("declared", ["application/pdf", "image/png", "image/pdf"])
def test_a_pdf_in_the_place_of_an_image_is_a_file(declared: str) -> None:
    part = {"type": "image_url", "image_url": {"url": uri(declared, PDF)}}
    assert read(part) == MediaPart("file", "application/pdf", data=PDF)


def test_a_text_in_the_place_of_an_image_is_a_file() -> None:
    part = {"type": "image_url", "image_url": "data:text/plain;name=a.txt,Whales%20sing."}
    assert read(part) == MediaPart("file", "text/plain", data=b"Whales sing.", name="a.txt")


@pytest.mark.parametrize(
    ("part", "media_type", "name"),
    [
        (
            {"type": "file_url", "file_url": {"url": base64(PDF)}, "file_name": "a.pdf"},
            None,
            "a.pdf",
        ),
        ({"type": "file_url", "file_url": uri("text/rtf", PDF)}, "text/rtf", None),
        ({"type": "pdf_url", "pdf_url": {"url": base64(PDF)}}, "application/pdf", None),
        (
            {"type": "file", "file": {"file_data": uri("application/pdf", PDF), "filename": "b"}},
            "application/pdf",
            "b",
        ),
    ],
)
def test_a_file_comes_in_base64_or_as_a_data_uri(
    part: dict[str, Any], media_type: str | None, name: str | None
) -> None:
    assert read(part) == MediaPart("file", media_type, data=PDF, name=name)


def test_an_image_sent_as_a_file_is_an_image() -> None:
    part = {"type": "file_url", "file_url": base64(PNG), "file_name": "x.png"}
    assert read(part) == MediaPart("image", "image/png", data=PNG, name="x.png")


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url"},
        {"type": "image_url", "image_url": ""},
        {"type": "image_url", "image_url": "data:image/png;base64,%%%"},
        {"type": "image_url", "image_url": "data:image/png;base64,QUJ=QUJD"},
        {"type": "image_url", "image_url": "data:image/png;base64,"},
        {"type": "image_url", "image_url": "data:image/png"},
        {"type": "image_url", "image_url": uri("image/png", b"no image")},
        {"type": "image_url", "image_url": uri("image/bmp", b"BM no image that can be read")},
        {"type": "image_url", "image_url": base64(b"no image")},
        {"type": "image_url", "image_url": "file:///etc/passwd"},
        {"type": "image_url", "image_url": "https://"},
        {"type": "image_url", "image_url": "https://a.example/" + "x" * 8_192},
        {"type": "image_url", "image_url": "https://a.example/two words"},
        {"type": "file_url", "file_url": {"url": "ftp://a.example/x"}},
        {"type": "file_url", "file_url": "ABCDE"},
        {"type": "pdf_url", "pdf_url": "ünïcode"},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file"},
        {"type": "input_audio", "input_audio": {"data": "AAAA"}},
        {"type": "text"},
    ],
)
def test_what_cannot_be_read_gets_400_with_its_place(part: dict[str, Any]) -> None:
    error = refusal(**message({"type": "text", "text": "Look:"}, part))
    assert (error.status, error.code) == (400, "invalid_message")
    assert error.param == "messages[0].content[1]"
    assert error.message.startswith("messages[0].content[1]: ")
    assert len(error.message) < 300


@pytest.mark.parametrize("size", [*range(1, 8), 1_048_575, 1_048_576, 2_097_153])
def test_base64_of_any_length_is_decoded(size: int) -> None:
    data = bytes(n * 251 % 256 for n in range(size % 1000)) + bytes([251]) * (size - size % 1000)
    assert decode_base64(base64(data)) == data
    assert decode_base64(base64(data).rstrip("=")) == data
    assert decode_base64(urlsafe_b64encode(data).decode()) == data


def test_line_breaks_in_base64_do_not_count() -> None:
    assert decode_base64("QUJD\r\nREVG\n") == b"ABCDEF"


def test_a_file_of_the_limit_is_read_and_a_larger_one_is_not() -> None:
    for more in (0, 1, 3):
        part = ContentPart(type="file_url", file_url=base64(bytes(MAX_FILE_BYTES + more)))
        if more:
            with pytest.raises(InvalidRequest, match="here: it is larger than 50 MB"):
                read_part(part, "here")
        else:
            found = read_part(part, "here")
            assert isinstance(found, MediaPart)
            assert len(found.data or b"") == MAX_FILE_BYTES


def test_an_image_and_a_pattern_do_not_go_together() -> None:
    pattern = {"response_format": {"type": "regex", "regex": {"regex": "[0-9]+"}}}
    error = refusal(**message({"type": "image_url", "image_url": HTTPS}), **pattern)
    assert (error.code, error.param) == ("invalid_parameter", "response_format")
    asked(**message({"type": "file_url", "file_url": HTTPS}), **pattern)


async def test_a_large_file_is_read_beside_the_loop_with_the_same_refusals() -> None:
    large = base64(PDF + bytes(400_000))
    async with doors(body_limit_bytes=1_000_000) as served, served.client() as client:
        for path, url, status in (("good", large, 200), ("bad", large + "%", 400)):
            part = {"type": "file_url", "file_url": {"url": url}, "file_name": path}
            response = await client.post("/v1/sonar", json=message(part))
            assert response.status_code == status, response.text
        [question] = served.answerer.questions
        assert question.turns[0].parts[0] == MediaPart(
            "file", data=PDF + bytes(400_000), name="good"
        )
