"""Attachments by their bytes and by their address, with real processes and a real site."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import AsyncIterator, Callable

import docx
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from hydrophone.errors import InvalidRequest
from hydrophone.fetch.attachments.reading import Attachments, Picture, source_urls
from hydrophone.fetch.client import Fetcher
from hydrophone.fetch.errors import UnreadableAttachment
from hydrophone.fetch.guard import Guard
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.types import Document, MediaPart
from tests.fetch.conftest import MiniWeb
from tests.fetch.pictures import picture_of

SAID = "The buoy listens at a depth of 3,870 metres."
URL = "attachment:buoy"
RTF = rb"{\rtf1\ansi " + SAID.encode() + rb"\par}"


def pdf(encrypted: bool = False, text: str = SAID) -> bytes:
    file = io.BytesIO()
    lock = StandardEncryption("secret") if encrypted else None
    canvas = Canvas(file, encrypt=lock)
    if text:
        canvas.drawString(72, 700, text)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def word() -> bytes:
    file = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(SAID)
    document.save(file)
    return file.getvalue()


def part(data: bytes, name: str | None = None, media_type: str | None = None) -> MediaPart:
    return MediaPart("file", media_type, data=data, name=name)


@pytest.fixture
async def attachments(make_fetcher: Callable[..., Fetcher]) -> AsyncIterator[Attachments]:
    async with ExtractionPool(workers=1) as pool:
        yield Attachments(make_fetcher(), pool)


async def test_every_format_is_read_whatever_it_is_called(attachments: Attachments) -> None:
    page = f"<html><body><article><p>{SAID}</p></article></body></html>".encode()
    for data in (pdf(), word(), RTF, page, SAID.encode(), SAID.encode("utf-16")):
        for named in (None, "buoy", "buoy.dat"):
            read = await attachments.read(part(data, named, "application/octet-stream"), URL)
            assert isinstance(read, Document)
            assert read.text == SAID
            assert read.url == URL
    rows = await attachments.read(part(b"place,depth\nKermadec,3870\n", "b.csv", "text/csv"), URL)
    assert isinstance(rows, Document)
    assert (rows.title, rows.text) == ("b.csv", "place,depth\nKermadec,3870")
    marks = await attachments.read(part(b"# Buoy\n\n*deep*", media_type="text/markdown"), URL)
    assert isinstance(marks, Document)
    assert marks.text == "Buoy\n\ndeep"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf(encrypted=True), "encrypted"),
        (pdf(text=""), "the PDF has no text"),
        (b"  \n", "empty"),
        (b"\x00\x01\x02" * 50, "binary data"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "old Microsoft Office file; save it as"),
        (b"PK\x03\x04" + b"\x00" * 50, "ZIP archive"),
        (b"PK\x03\x04word/" + word()[:400], "broken"),
    ],
)
async def test_what_cannot_be_read_is_refused_by_its_name(
    attachments: Attachments, data: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableAttachment, match=reason) as caught:
        await attachments.read(part(data, "buoy notes"), URL)
    assert caught.value.message.startswith("the file buoy notes cannot be read: ")
    assert isinstance(caught.value, InvalidRequest)
    assert (caught.value.status, caught.value.code) == (400, "invalid_message")
    assert caught.value.param == "messages"


async def test_picture_is_known_by_its_bytes(attachments: Attachments) -> None:
    body = picture_of("words", size=(90, 40), form="WEBP")
    for kind in ("file", "image"):
        read = await attachments.read(MediaPart(kind, "text/plain", data=body), URL)
        assert read == Picture(URL, "buoy", "image/webp", body, 90, 40)
    assert "RIFF" not in repr(read)


async def test_address_is_fetched_once_and_only_it(
    mini_web: MiniWeb, attachments: Attachments
) -> None:
    hostile = (
        f"<html><head><base href='{mini_web.url('/base/')}'><meta http-equiv=refresh "
        f"content='0;url={mini_web.url('/next')}'><link rel=canonical href='/canon'>"
        f"<script src='/run.js'></script></head><body><img src='/eye.png'><article><p>{SAID}</p>"
        f"<a href='/robots.txt'>x</a><iframe src='/in'></iframe></article></body></html>"
    )
    url = mini_web.page("/notes/buoy.html", hostile)
    read = await attachments.read(MediaPart("file", url=url), url)
    assert isinstance(read, Document)
    assert SAID in read.text
    assert [request.path for request in mini_web.seen] == ["/notes/buoy.html"]
    assert (await attachments.read(part(hostile.encode()), URL)).url == URL
    assert len(mini_web.seen) == 1


async def test_any_media_type_is_taken_from_an_address(
    mini_web: MiniWeb, attachments: Attachments
) -> None:
    for form, body in (("application/msword", RTF), ("image/png", pdf()), ("x/y", SAID.encode())):
        url = mini_web.page("/buoy", body, headers={"Content-Type": form})
        read = await attachments.read(MediaPart("file", url=url), url)
        assert isinstance(read, Document)
        assert read.text == SAID
    shot = picture_of("words", size=(9, 9))
    url = mini_web.page("/a.pdf", shot, headers={"Content-Type": "application/pdf"})
    assert isinstance(await attachments.read(MediaPart("image", url=url), url), Picture)


async def test_addresses_go_past_the_guard_and_failures_are_the_callers(
    mini_web: MiniWeb, make_fetcher: Callable[..., Fetcher], attachments: Attachments
) -> None:
    async with ExtractionPool(workers=1) as pool:
        guarded = Attachments(make_fetcher(Guard()), pool)
        url = mini_web.page("/a.txt", SAID)
        with pytest.raises(UnreadableAttachment, match="this machine"):
            await guarded.read(MediaPart("file", url=url), url)
        offline = Attachments(None, pool)
        with pytest.raises(UnreadableAttachment, match="HYDROPHONE_OFFLINE"):
            await offline.read(MediaPart("image", url=url), url)
    assert mini_web.seen == []
    gone = mini_web.url("/gone.pdf")
    with pytest.raises(UnreadableAttachment, match=r"the picture gone\.pdf cannot be read: .* 404"):
        await attachments.read(MediaPart("image", url=gone), gone)


def test_each_attachment_has_a_name_of_its_own_to_be_cited_by() -> None:
    by_address = MediaPart("file", url="https://sea.example/a.pdf")
    parts = [
        part(b"1", "sea notes/1.txt"),
        by_address,
        part(b"2", "sea notes/1.txt"),
        part(b"3"),
        by_address,
        MediaPart("image", data=b"4"),
        part(b"1", "sea notes/1.txt"),
    ]
    assert list(source_urls(parts).values()) == [
        "attachment:sea%20notes_1.txt",
        "https://sea.example/a.pdf",
        "attachment:sea%20notes_1.txt#3",
        "attachment:file-4",
        "attachment:image-5",
    ]


@pytest.mark.skipif(
    importlib.util.find_spec("rapidocr") is None, reason="hydrophone[ocr] is not installed"
)
async def test_words_in_a_picture_are_read_in_a_process_of_their_own(
    attachments: Attachments,
) -> None:
    assert attachments.reads_words
    body = picture_of("The buoy listens at night.", size=(500, 90))
    read = await attachments.read(MediaPart("image", data=body, name="buoy.png"), URL)
    assert isinstance(read, Picture)
    words = await attachments.read_words(read)
    assert (words.text, words.title, words.url) == (
        "The buoy listens at night.",
        "buoy.png",
        URL,
    )


async def test_drawing_is_no_text_file(attachments: Attachments) -> None:
    drawing = MediaPart("image", "image/svg+xml", data=b"<svg><text>words</text></svg>", name="d")
    with pytest.raises(UnreadableAttachment, match=r"image/svg\+xml is not looked at"):
        await attachments.read(drawing, URL)


async def test_bomb_is_refused_by_what_its_head_says(attachments: Attachments) -> None:
    bomb = picture_of(size=(1, 1))
    bomb = bomb[:16] + (60_000).to_bytes(4, "big") * 2 + bomb[24:]
    read = await attachments.read(MediaPart("image", data=bomb, name="bomb.png"), URL)
    assert isinstance(read, Picture)
    with pytest.raises(UnreadableAttachment, match=r"picture bomb\.png .* 60000 x 60000 pixels"):
        await attachments.read_words(read)
