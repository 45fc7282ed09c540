"""Pictures that mean something."""

from __future__ import annotations

import pytest

from hydrophone.fetch.extract.document import extract_document
from hydrophone.fetch.page import IMAGES_LIMIT
from hydrophone.types import ImageRef

_WORDS = "<p>Whales sing in all the seas of the world, and each sea has its own song.</p>"


def _images(body: str, head: str = "") -> tuple[ImageRef, ...]:
    html = f"<!doctype html><html><head>{head}</head><body>{_WORDS}{body}</body></html>"
    url = "https://sea.example/whales/"
    return extract_document(html.encode(), url, media_type="text/html").images


def test_pictures_come_in_order_with_their_text_and_once() -> None:
    assert _images(
        '<img src="blue.jpg" alt=" A blue\n whale "><img src="/grey.jpg" alt="A grey whale">'
        '<img src="blue.jpg" alt="again">'
    ) == (
        ImageRef("https://sea.example/whales/blue.jpg", "A blue whale"),
        ImageRef("https://sea.example/grey.jpg", "A grey whale"),
    )


def test_pictures_that_load_late_are_at_their_real_address() -> None:
    late = '<img src="data:image/gif;base64,R0lGOD" data-src="real.jpg" alt="A blue whale">'
    assert _images(late) == (ImageRef("https://sea.example/whales/real.jpg", "A blue whale"),)


def test_caption_speaks_for_the_only_picture_of_a_figure() -> None:
    figure = '<figure><img src="a.jpg"><figcaption>Its <b>spectrum</b></figcaption></figure>'
    assert [image.alt for image in _images(figure)] == ["Its spectrum"]
    two = '<figure><img src="a.jpg"><img src="b.jpg"><figcaption>Both</figcaption></figure>'
    assert _images(two) == ()


@pytest.mark.parametrize(
    "image",
    [
        '<img src="a.jpg">',
        '<img src="a.jpg" alt="">',
        '<img src="a.jpg" alt="image">',
        '<img src="a.jpg" alt="IMG_2041.JPG">',
        '<img src="a.jpg" alt="Site logo">',
        '<img alt="A blue whale">',
        '<img src="data:image/png;base64,AAAA" alt="A blue whale">',
        '<img src="a.jpg" alt="A blue whale" role="presentation">',
        '<img src="a.jpg" alt="A blue whale" aria-hidden="true">',
        '<img src="a.jpg" alt="A blue whale" width="16" height="16px">',
        '<img src="/icons/whale.png" alt="A blue whale">',
        '<img src="next.png" alt="Next">',
        '<nav><img src="a.jpg" alt="A blue whale"></nav>',
        '<footer><img src="a.jpg" alt="A blue whale"></footer>',
    ],
)
def test_decoration_is_left_out(image: str) -> None:
    assert _images(image) == ()


def test_number_of_pictures_is_bounded() -> None:
    many = "".join(f'<img src="{n}.jpg" alt="Whale number {n} of many">' for n in range(100))
    assert len(_images(many)) == IMAGES_LIMIT


def test_markdown_has_pictures_too() -> None:
    body = b"# Whales\n\n![A blue whale](blue.jpg) sings. ![](spacer.gif) ![x](data:image/gif;,)"
    document = extract_document(body, "https://sea.example/whales.md")
    assert document.images == (ImageRef("https://sea.example/blue.jpg", "A blue whale"),)
