"""HTML pages into text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.html.reading import read_html
from hydrophone.types import Document

_FILLER = (
    "Harbour porpoises are among the smallest of the whales, and they are seldom seen at sea "
    "because they come up only for a moment. Their clicks, though, can be heard by a hydrophone. "
)
_ARTICLE = f"""<!doctype html><html lang="en-GB"><head><title>Porpoises - The Sea</title>
<meta name="author" content="Ada Lovelace">
<meta property="article:published_time" content="2024-03-05T10:00:00+02:00">
<script type="application/ld+json">{{"dateModified": "2024-04-01"}}</script></head><body>
<nav><a href="/">Home</a> <a href="/all">All articles</a></nav>
<article><h1>Porpoises</h1><p>{_FILLER}</p>
<h2>How they sound</h2><p>{_FILLER}They&nbsp;click<br>at 130&#8239;kHz, soft\u00adly.</p>
<ul><li>short clicks</li><li>in trains<ul><li>faster near prey</li></ul></li></ul>
<pre>def click():\n    return 130</pre>
<table><tr><th>Kind</th><th>kHz</th></tr><tr><td>porpoise</td><td>130</td></tr></table>
</article><footer>Imprint | Terms of use</footer></body></html>"""


def _read(html: str | bytes, charset: str | None = None) -> Document:
    body = html.encode() if isinstance(html, str) else html
    document = read_html(body, "https://sea.example/porpoises", charset)
    for heading in document.headings:
        end = heading.start + len(heading.text)
        assert document.text[heading.start : end] == heading.text
    return document


def test_article_keeps_its_text_and_loses_its_furniture() -> None:
    text = _read(_ARTICLE).text
    assert "They click\nat 130 kHz, softly." in text
    assert "- short clicks\n- in trains\n  - faster near prey" in text
    assert "def click():\n    return 130" in text
    assert "Kind | kHz\nporpoise | 130" in text
    assert "Imprint" not in text
    assert "All articles" not in text


def test_article_has_headings_and_metadata() -> None:
    document = _read(_ARTICLE)
    assert [(h.level, h.text) for h in document.headings] == [
        (1, "Porpoises"),
        (2, "How they sound"),
    ]
    assert document.title == "Porpoises"
    assert document.author == "Ada Lovelace"
    assert document.published == datetime(2024, 3, 5, 8, tzinfo=UTC)
    assert document.modified == datetime(2024, 4, 1, tzinfo=UTC)
    assert (document.language, document.media_type) == ("en", "text/html")


_DOCBOOK = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html><html><head><title>VACUUM</title>
<meta name="generator" content="DocBook XSL Stylesheets Vsnapshot" /></head><body>
<div class="navheader"><table><tr><th>Prev</th><th>Next</th></tr></table></div>
<div class="refentry"><div class="refnamediv">
<h2>VACUUM</h2><p>VACUUM \u2014 collect garbage</p></div>
<div class="refsynopsisdiv"><h2>Synopsis</h2><pre class="synopsis">
VACUUM [ ( <em><code>option</code></em> ) ]
    FULL</pre></div>
<dl><dt><code>FULL</code></dt><dd><p>Reclaims more space.</p><p>Locks the table.</p></dd>
<dt><code>FREEZE</code></dt><dd><p>Freezes tuples.</p></dd></dl></div>
<div class="navfooter">Copyright</div></body></html>"""


def test_manual_page_is_kept_whole() -> None:
    document = _read(_DOCBOOK)
    assert document.text == (
        "VACUUM\n\nVACUUM — collect garbage\n\nSynopsis\n\nVACUUM [ ( option ) ]\n    FULL\n\n"
        "FULL\nReclaims more space.\n\nLocks the table.\n\nFREEZE\nFreezes tuples."
    )
    assert document.title == "VACUUM"
    assert [heading.text for heading in document.headings] == ["VACUUM", "Synopsis"]


def test_sphinx_page_loses_sidebar_and_permalinks() -> None:
    document = _read(
        """<html lang="en"><head><meta name="generator" content="Docutils 0.19">
        <title>socket &#8212; Networking &#8212; Python 3.11 documentation</title></head><body>
        <div class="related">index modules</div><div class="body" role="main"><section>
        <h1>socket<a class="headerlink" href="#s">\u00b6</a></h1>
        <dl class="py function"><dt>socket.close()<a class="headerlink" href="#c">\u00b6</a></dt>
        <dd><p>Close the socket.</p></dd></dl></section></div>
        <div class="sphinxsidebar">Table of Contents</div></body></html>"""
    )
    assert document.text == "socket\n\nsocket.close()\nClose the socket."
    assert document.title == "socket"


def test_links_of_a_manual_keep_their_words() -> None:
    document = _read(
        """<html lang="en"><head><meta name="generator" content="Docutils 0.19"><title>a</title>
        </head><body><div class="body" role="main"><p>See <a class="reference internal"
        href="b.html"><span class="std std-ref">the next page</span></a>.</p></div></body></html>"""
    )
    assert document.text == "See the next page."


def test_asciidoc_page_loses_its_foot_only() -> None:
    document = _read(
        """<html><head><meta name="generator" content="AsciiDoc 10.2.0"><title>git-tag(1)</title>
        </head><body class="manpage"><div id="header"><h1>git-tag(1) Manual Page</h1></div>
        <div id="content"><div class="sect1"><h2 id="_name">NAME</h2><p>git-tag - Make a tag</p>
        </div></div><div id="footer">Last updated</div></body></html>"""
    )
    assert document.text == "git-tag(1) Manual Page\n\nNAME\n\ngit-tag - Make a tag"


def test_wiki_page_loses_buttons_and_marks_of_references() -> None:
    document = _read(
        """<html lang="en"><head><meta name="generator" content="MediaWiki 1.44"><title>Porpoise -
        Wiki</title></head><body><nav>Menu</nav><main id="content"><h1>Porpoise</h1>
        <div id="siteSub">From the wiki</div><div id="mw-content-text"><p>A small whale<sup
        class="reference"><a href="#1">[1]</a></sup>.</p><h2>Sound<span class="mw-editsection">edit
        </span></h2><p>High clicks.</p><table><tr><th>Class</th><td>Mammals</td></tr></table>
        <div class="navbox">All whales</div></div></main></body></html>"""
    )
    assert document.text == (
        "Porpoise\n\nA small whale.\n\nSound\n\nHigh clicks.\n\nClass | Mammals"
    )
    assert document.title == "Porpoise"


def test_lead_that_stands_outside_the_article_is_read_first() -> None:
    lead = (
        "For the first time, the songs of porpoises have been recorded in the harbour, where they "
        "come at night to hunt for gobies; the recordings last for more than a hundred hours."
    )
    page = f"""<html><head><meta name="description" content="{lead}"><title>Songs</title></head>
    <body><header><div class="intro">{lead}</div></header><article><h1>Songs</h1>
    {f"<p>{_FILLER}</p>" * 4}</article></body></html>"""
    text = _read(page).text
    assert text.startswith(f"Songs\n\n{lead}\n\nHarbour porpoises")
    assert text.count(lead) == 1
    unseen = _read(page.replace(f"{lead}</div>", "</div>")).text
    assert lead not in unseen


def test_label_that_announces_nothing_is_dropped() -> None:
    body = f"<p>{_FILLER}</p>" * 4
    text = _read(f"<article><h1>A</h1>{body}<p>Read next:</p><h3>Related</h3></article>").text
    assert text.endswith("by a hydrophone.")


def test_text_is_found_where_the_page_has_hardly_any_paragraphs() -> None:
    rows = "".join(f"<div>{_FILLER}{n}</div>" for n in range(8))
    menu = "".join(f"<li><a href='/{n}'>Harbour {n}</a></li>" for n in range(40))
    text = _read(f"<body><ul>{menu}</ul><div id='main'><h2>A</h2>{rows}</div></body>").text
    assert text.count("Harbour porpoises") == 8


def test_html_element_that_closes_itself_does_not_hide_the_page() -> None:
    page = f"<!DOCTYPE html>\n<!-- x -->\n<html lang='en' /><head></head><body><p>{_FILLER}</p>"
    assert _read(page).text == _FILLER.strip()


def test_zero_bytes_do_not_end_the_page() -> None:
    assert "by a hydrophone" in _read(f"<p>\0{_FILLER}</p>").text


def test_short_and_odd_pages_still_give_their_text() -> None:
    assert _read("<html><body><p>Hello.</p></body></html>").text == "Hello."
    assert "only words" in _read("<p>only words").text
    assert "in a table" in _read("<table><tr><td>in a table</td></tr></table>").text


def test_page_without_text_is_an_error() -> None:
    for html in ("<html><body></body></html>", "<script>var a = 1</script>", "<!-- -->"):
        with pytest.raises(DocumentError):
            _read(html)


def test_scripts_styles_and_hidden_markup_do_not_become_text() -> None:
    text = _read(f"<body><p>{_FILLER}</p><script>alert(1)</script><style>p{{}}</style></body>").text
    assert "alert" not in text
    assert "{" not in text


@pytest.mark.parametrize("depth", [300, 1_500])
def test_text_far_down_is_read(depth: int) -> None:
    html = "<div>" * depth + f"<p>{_FILLER}</p>" + "</div>" * depth
    assert "porpoises" in _read(f"<body>{html}</body>").text


def test_deep_nesting_is_survived() -> None:
    from hydrophone.fetch.extract.document import extract_document

    html = "<div>" * 3_000 + f"<p>{_FILLER}</p>" + "</div>" * 3_000
    try:
        document = extract_document(f"<html>{html}</html>".encode(), "https://sea.example/")
    except DocumentError:
        return
    assert "porpoises" in document.text


@pytest.mark.parametrize(
    ("encoding", "declared", "meta"),
    [
        ("utf-8", None, ""),
        ("utf-8", "iso-8859-1-bogus", ""),
        ("windows-1251", "windows-1251", ""),
        ("windows-1251", None, '<meta charset="windows-1251">'),
        ("windows-1251", "utf-8", '<meta charset="windows-1251">'),
        ("koi8-r", None, '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'),
        ("utf-16", None, ""),
        ("utf-8-sig", "windows-1251", ""),
        ("windows-1251", None, ""),
    ],
)
def test_characters_survive_every_way_of_saying_the_charset(
    encoding: str, declared: str | None, meta: str
) -> None:
    words = "Гидрофон слушает море, и звуки китов слышны за сотни километров от берега. " * 5
    html = f"<html><head>{meta}<title>Море</title></head><body><p>{words}</p></body></html>"
    document = _read(html.encode(encoding), declared)
    assert "Гидрофон слушает море" in document.text
    assert document.language == "ru"
