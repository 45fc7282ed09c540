"""What the control words of RTF mean (specification 1.9.1)."""

from __future__ import annotations

from collections.abc import Mapping

# Groups whose content is not part of the running text; of those that begin with `\*` none is.
HIDDEN = frozenset(
    b"colortbl comment datafield fldinst filetbl footer footerf footerl footerr footnote ftncn "
    b"ftnsep ftnsepc header headerf headerl headerr listoverridetable listtable nonshppict objdata "
    b"pict private revtbl rsidtbl stylesheet themedata tc xe".split()
)
# Groups that stand before an item of a list.
MARKERS = frozenset((b"listtext", b"pntext"))
CHARACTERS: Mapping[bytes, str] = {
    b"tab": "\t",
    b"line": "\n",
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"emspace": " ",
    b"enspace": " ",
    b"qmspace": " ",
    b"bullet": "\u2022",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"~": "\u00a0",
    b"_": "\u2011",
    b"\\": "\\",
    b"{": "{",
    b"}": "}",
}
# What ends a paragraph.
ENDS = frozenset((b"par", b"sect", b"page", b"\n", b"\r"))
# Of the whole file, unless `\ansicpgN` names one.
CODECS: Mapping[bytes, str] = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
# `\fcharsetN` of the font table.
CHARSETS: Mapping[int, str] = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
