"""A tiny entailment model in ONNX, written byte by byte: no package that makes graphs is needed.

Its three outputs are the sum of the token ids times a weight of their own; the field numbers are
those of onnx.proto (ONNX 1.16, Apache-2.0).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

FLOAT, INT64 = 1, 7
INT_ATTRIBUTE = 2
WORDS = ("[UNK]", "tower", "of", "lund", "is", "high", "low", "not")


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _node(kind: str, inputs: Sequence[str], output: str, **attributes: int) -> bytes:
    body = b"".join(_bytes(1, name) for name in inputs) + _bytes(2, output) + _bytes(4, kind)
    for name, value in attributes.items():
        body += _bytes(5, _bytes(1, name) + _number(3, value) + _number(20, INT_ATTRIBUTE))
    return _bytes(1, body)


def _value(field: int, name: str, kind: int, width: int | str) -> bytes:
    last = _bytes(2, width) if isinstance(width, str) else _number(1, width)
    shape = _bytes(1, _number(1, 1)) + _bytes(1, last)
    return _bytes(
        field, _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))
    )


def _weights(values: Sequence[float]) -> bytes:
    packed = struct.pack(f"<{len(values)}f", *values)
    dims = _number(1, 1) + _number(1, len(values))
    return _bytes(5, dims + _number(2, FLOAT) + _bytes(4, packed) + _bytes(8, "weights"))


def write_entailment_model(
    folder: Path, *, weights: Sequence[float], labels: Sequence[str]
) -> Path:
    """A folder as an export of an NLI cross-encoder has it, with one id a word of `WORDS`."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    graph = (
        _node("Cast", ["input_ids"], "ids", to=FLOAT)
        + _node("ReduceSum", ["ids"], "sum", keepdims=1)
        + _node("Mul", ["sum", "weights"], "logits")
        + _bytes(2, "entailment")
        + _weights(weights)
        + _value(11, "input_ids", INT64, "length")
        + _value(12, "logits", FLOAT, len(weights))
    )
    model = _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"id2label": {str(at): label for at, label in enumerate(labels)}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
