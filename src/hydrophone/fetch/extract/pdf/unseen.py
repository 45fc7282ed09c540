"""Which text of a PDF's page is not to be seen: drawn in no ink, in white, tiny, or off the page.

Text without ink over a picture is what text recognition puts there, and is read; so is white text
on anything that is drawn under it.
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import addressof, byref, c_float, c_uint
from math import hypot
from typing import Any, TypeAlias

_Box: TypeAlias = tuple[float, float, float, float]
_Matrix: TypeAlias = tuple[float, float, float, float, float, float]
_AS_IT_IS: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_INVISIBLE_MODES = (3, 7)
_TINY_PT = 2.0
_WHITE = 250
_CLEAR = 13
# A scan fills more than this of its page.
_SCAN_SHARE = 0.4
_MOST_OBJECTS = 20_000
_MOST_DEPTH = 4


def unseen_texts(page: Any) -> frozenset[int]:
    """The text objects of the page that a reader does not see, by their addresses."""
    from pypdfium2 import raw as pdfium

    drawn: set[int] = set()
    hidden: set[int] = set()
    grounds: list[tuple[_Box, bool]] = []
    sheet = _sheet(page)
    for item, matrix in _objects(page):
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            inkless = pdfium.FPDFTextObj_GetTextRenderMode(item) in _INVISIBLE_MODES
            if inkless or _is_unseen(item, matrix, sheet, grounds):
                hidden.add(address(item))
            if not inkless:
                drawn.add(address(item))
        elif kind != pdfium.FPDF_PAGEOBJ_PATH or not _is_white(item):
            grounds.append((_bounds(item, matrix), kind == pdfium.FPDF_PAGEOBJ_IMAGE))
    if hidden and _is_scanned(grounds, sheet):
        hidden &= drawn
    return frozenset(hidden)


def address(item: Any) -> int:
    """Where PDFium keeps the object; 0 for none."""
    return addressof(item.contents) if item else 0


def _objects(page: Any) -> Iterator[tuple[Any, _Matrix]]:
    """All that is drawn, in its order, with where the form that it is in is put on the page."""
    from pypdfium2 import raw as pdfium

    count = min(pdfium.FPDFPage_CountObjects(page), _MOST_OBJECTS)
    for number in range(count):
        yield from _inside(pdfium.FPDFPage_GetObject(page, number), _AS_IT_IS, 0)


def _inside(item: Any, matrix: _Matrix, depth: int) -> Iterator[tuple[Any, _Matrix]]:
    from pypdfium2 import raw as pdfium

    if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_FORM or depth > _MOST_DEPTH:
        yield item, matrix
        return
    put = _joined(_matrix(item), matrix)
    for number in range(min(pdfium.FPDFFormObj_CountObjects(item), _MOST_OBJECTS)):
        yield from _inside(pdfium.FPDFFormObj_GetObject(item, number), put, depth + 1)


def _is_unseen(text: Any, matrix: _Matrix, sheet: _Box, grounds: list[tuple[_Box, bool]]) -> bool:
    if _size_pt(text, matrix) < _TINY_PT:
        return True
    box = _bounds(text, matrix)
    if not _overlap(box, sheet):
        return True
    red, green, blue, opaque = _fill(text)
    if opaque < _CLEAR:
        return True
    white = min(red, green, blue) >= _WHITE
    return white and not any(_overlap(box, ground) for ground, _ in grounds)


def _is_white(path: Any) -> bool:
    return min(_fill(path)[:3]) >= _WHITE


def _is_scanned(grounds: list[tuple[_Box, bool]], sheet: _Box) -> bool:
    left, bottom, right, top = sheet
    area = max((right - left) * (top - bottom), 1.0)
    pictures = (box for box, is_picture in grounds if is_picture)
    covered = sum(max(0.0, r - l) * max(0.0, t - b) for l, b, r, t in pictures)  # noqa: E741
    return covered > area * _SCAN_SHARE


def _fill(item: Any) -> tuple[int, int, int, int]:
    from pypdfium2 import raw as pdfium

    parts = [c_uint(0), c_uint(0), c_uint(0), c_uint(255)]
    if not pdfium.FPDFPageObj_GetFillColor(item, *map(byref, parts)):
        return 0, 0, 0, 255
    red, green, blue, opaque = (part.value for part in parts)
    return red, green, blue, opaque


def _size_pt(text: Any, matrix: _Matrix) -> float:
    """The size of the type as it is drawn, in points; large when PDFium does not say."""
    from pypdfium2 import raw as pdfium

    size = c_float(0)
    if not pdfium.FPDFTextObj_GetFontSize(text, byref(size)):
        return 100.0
    a, b, c, d, _, _ = _joined(_matrix(text), matrix)
    return float(abs(size.value) * max(hypot(a, b), hypot(c, d)))


def _matrix(item: Any) -> _Matrix:
    from pypdfium2 import raw as pdfium

    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, byref(found)):
        return _AS_IT_IS
    return found.a, found.b, found.c, found.d, found.e, found.f


def _joined(one: _Matrix, then: _Matrix) -> _Matrix:
    """Both one after the other (ISO 32000-1, 8.3.4)."""
    if then is _AS_IT_IS:
        return one
    a, b, c, d, e, f = one
    p, q, r, s, t, u = then
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _bounds(item: Any, matrix: _Matrix) -> _Box:
    from pypdfium2 import raw as pdfium

    edges = [c_float(0) for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(item, *map(byref, edges))
    left, bottom, right, top = (edge.value for edge in edges)
    if matrix is _AS_IT_IS:
        return left, bottom, right, top
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (left, right) for y in (bottom, top)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _sheet(page: Any) -> _Box:
    left, bottom, right, top = page.get_cropbox()
    return float(left), float(bottom), float(right), float(top)


def _overlap(one: _Box, other: _Box) -> bool:
    apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    return not apart
