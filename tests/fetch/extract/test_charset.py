"""Real bytes in real encodings, declared truly, wrongly, and not at all."""

from __future__ import annotations

import pytest

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.charset import decode
from hydrophone.fetch.extract.document import extract_document

_WORDS = {
    "ru": "Гидрофон слушает под водой. Им записывают песни китов, шум кораблей и треск льда.",
    "ja": "ハイドロフォンは水中の音を聞くマイクです。鯨の歌や船の音を録音します。",
    "zh": "水听器是一种在水下接收声音的传感器。研究人员用它记录鲸鱼的歌声和船舶的噪声。",
    "tw": "水聽器是一種在水下接收聲音的感測器。研究人員用它記錄鯨魚的歌聲和船舶的噪音。",
    "ko": "수중 청음기는 물속의 소리를 듣는 마이크입니다. 고래의 노래와 배의 소음을 녹음합니다.",
    "pl": "Hydrofon słucha pod wodą. Nagrywa się nim pieśni wielorybów, hałas statków i źródła.",
    "de": "Das Hydrophon hört die Gesänge der Wale, den Lärm der Schiffe und das Knacken - schön.",
    "fr": "L’hydrophone écoute sous l’eau le chant des baleines et, à côté, les navires.",
    "el": "Το υδρόφωνο ακούει κάτω από το νερό και καταγράφει τα τραγούδια των φαλαινών.",
    "tr": "Hidrofon suyun altını dinler; balinaların şarkıları ve buzun çatırtısı kaydedilir.",
    "he": "הידרופון הוא מיקרופון שמאזין מתחת למים. מקליטים בו את שירת הלווייתנים ואת רעש האוניות.",
    "ar": "الهيدروفون ميكروفون يستمع تحت الماء. تسجل به أغاني الحيتان وضجيج السفن وتكسر الجليد.",
}
_ENCODED = [
    ("ru", "windows-1251"),
    ("ru", "koi8-r"),
    ("ru", "iso-8859-5"),
    ("ja", "shift_jis"),
    ("ja", "euc-jp"),
    ("ja", "iso-2022-jp"),
    ("zh", "gb18030"),
    ("zh", "gb2312"),
    ("tw", "big5"),
    ("ko", "euc-kr"),
    ("pl", "windows-1250"),
    ("pl", "iso-8859-2"),
    ("de", "iso-8859-1"),
    ("fr", "windows-1252"),
    ("el", "windows-1253"),
    ("tr", "windows-1254"),
    ("he", "windows-1255"),
    ("ar", "windows-1256"),
]


def _page(words: str, meta: str = "") -> str:
    return f"<!doctype html><html><head>{meta}<title>x</title></head><body><p>{words}</p></body>"


@pytest.mark.parametrize(("language", "encoding"), _ENCODED)
def test_text_is_right_whatever_is_declared(language: str, encoding: str) -> None:
    words = _WORDS[language]
    undeclared = _page(words).encode(encoding)
    declared = _page(words, f'<meta charset="{encoding}">').encode(encoding)
    assert words in decode(undeclared, encoding, markup=True)
    assert words in decode(undeclared, f" {encoding.upper()} ", markup=True)
    assert words in decode(undeclared, None, markup=True)
    assert words in decode(undeclared, "utf-8", markup=True)
    assert words in decode(undeclared, "no-such-charset", markup=True)
    assert words in decode(declared, None, markup=True)
    assert words in decode(declared, "utf-8", markup=True)
    assert words in decode(declared, "iso-8859-1", markup=True)


@pytest.mark.parametrize(("language", "encoding"), _ENCODED)
def test_valid_utf8_is_believed_against_every_claim(language: str, encoding: str) -> None:
    words = _WORDS[language]
    body = _page(words, f'<meta charset="{encoding}">').encode()
    assert words in decode(body, encoding, markup=True)
    assert words in decode(body, None, markup=True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("claim", [None, "utf-16", "utf-8", "windows-1251"])
def test_wide_characters_are_told_by_mark_or_zero_bytes(encoding: str, claim: str | None) -> None:
    words = _WORDS["ru"]
    body = _page(words, '<meta charset="utf-16">').encode(encoding)
    text = decode(body, claim, markup=True)
    assert words in text
    assert not text.startswith("\ufeff")
    document = extract_document(body, "https://sea.example/", media_type="text/html")
    assert document.text == words


def test_binary_data_is_not_taken_for_wide_characters() -> None:
    samples = b"".join(bytes([value % 256, 0]) for value in range(1, 4000) if value % 256)
    with pytest.raises(DocumentError, match="binary"):
        extract_document(samples, "https://sea.example/sound")


def test_few_accents_in_much_ascii_are_not_lost() -> None:
    body = "The café’s “menu” costs €5. ".encode("windows-1252") + b"More plain words. " * 500
    assert decode(body).startswith("The café’s “menu” costs €5.")
    assert decode(body, "utf-8").startswith("The café’s “menu” costs €5.")


def test_broken_bytes_in_good_utf8_do_not_spoil_the_rest() -> None:
    body = (_WORDS["ru"] * 30).encode()[:-2] + b" the end"
    for claim in (None, "utf-8", "windows-1251"):
        assert decode(body, claim).startswith(_WORDS["ru"])
    assert decode(body).endswith("\ufffd the end")


def test_claims_cannot_turn_plain_ascii_into_something_else() -> None:
    assert decode(b"+ADw-script+AD4-", "utf-7") == "+ADw-script+AD4-"
    assert decode(b"plain", "utf-16") == "plain"
    assert decode(b"plain", "ebcdic-cp-us") == "plain"
