"""Lists that stand beside the text, on pages without an element that says where the text is."""

from __future__ import annotations

from hydrophone.fetch.extract.html.reading import read_html

_CLOSING = (
    "A complete list of releases in a single page and a chronology are both also available. A "
    "detailed history of every change is kept where the source is, for whoever wants to read it."
)
_FIRST = "Hydrophones can be lowered below the keel while the boat is under way."
_SECOND = "Clicks above 130 kHz are no longer taken for the echo sounder."
_MENU = "".join(f"<li><a href='/{word}'>{word}</a>" for word in ("Home", "About", "Download"))


def _read(body: str) -> str:
    page = f"<!DOCTYPE html><html><head><title>Release 3.7</title></head><body>{body}</body></html>"
    return read_html(page.encode(), "https://sea.example/releaselog/3_7.html").text


def test_release_notes_in_a_list_are_kept() -> None:
    text = _read(
        f"<div class=nosearch><div class='menu mainmenu'><ul>{_MENU}</ul></div></div>"
        f"<h2>Release 3.7 On 2010-07-21</h2><p><ol class='lessindent'>\n<li> {_FIRST}\n"
        f"<li> {_SECOND} See <a href='/wal'>the log</a>.\n</ol></p>\n"
        f"<p>{_CLOSING}</p>"
    )
    assert text.endswith(f"- {_FIRST}\n- {_SECOND} See the log.\n\n{_CLOSING}")
    assert "Download" not in text


def test_one_short_item_is_enough_for_a_list() -> None:
    body = f"<h2>Release 3.0.2</h2><p><ol><li> The first beta.</ol></p><p>{_CLOSING}</p>"
    assert _read(body).endswith(f"- The first beta.\n\n{_CLOSING}")


def test_lists_come_where_they_stand_on_the_page() -> None:
    before, after = (f"This is {n} the lists. {_CLOSING}" for n in ("before", "after"))
    text = _read(
        f"<p>{after[::-1]}</p><p>{before}</p><ul><li>{_FIRST}</ul>"
        f"<dl><dt>Noise</dt><dd>{_SECOND}</dd></dl><p>{after}</p>"
    )
    assert f"{before}\n\n- {_FIRST}\n\nNoise\n{_SECOND}\n\n{after}" in text


def test_label_before_a_list_at_the_end_is_kept() -> None:
    assert _read(f"<p>{_CLOSING}</p><p>It fails when:</p><ul><li>{_FIRST}</ul>").endswith(
        f"It fails when:\n\n- {_FIRST}"
    )


def test_list_that_was_read_already_does_not_come_twice() -> None:
    paragraphs = f"<p>{_CLOSING}</p><ul><li><p>{_FIRST}</p></li><li><p>{_SECOND}</p></li></ul>"
    for container in ("body", "article"):
        text = _read(f"<{container}>{paragraphs}</{container}>")
        assert (text.count(_FIRST), text.count(_SECOND)) == (1, 1)


def test_links_to_other_pages_tags_and_comments_elsewhere_are_left_out() -> None:
    related = "".join(f"<li>on <a href='/{n}'>{_FIRST} {n}</a>" for n in range(4))
    text = _read(
        f"<p>{_CLOSING}</p><ul>{related}</ul><p>{_CLOSING[::-1]}</p>"
        "<ul class='post_tags tags'><li>Porpoises<li>Harbours</ul>"
        f"<div id='said'><h3>Comments</h3><ol><li>{_SECOND}</ol></div>"
    )
    assert _FIRST not in text
    assert "Porpoises" not in text
    assert _SECOND not in text
