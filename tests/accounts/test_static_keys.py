"""Keys of the setting."""

from __future__ import annotations

import pytest

from hydrophone.accounts import static_keys
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.types import Secret


def keys(*values: str) -> StaticKeys:
    return StaticKeys([Secret(value) for value in values])


@pytest.mark.parametrize("value", ["s3cret", "with space", "schlüssel", "hp-" + "0" * 51, "\ud800"])
def test_any_text_can_be_a_key(value: str) -> None:
    found = keys("other", value).find(Secret(value))
    assert found is not None
    assert (found.kind, found.name) == ("key", "API_KEYS")
    assert value not in repr(found)


@pytest.mark.parametrize("wrong", ["", " ", "s3cre", "s3crett", "S3CRET", "s3cret,other"])
def test_anything_else_is_nobody(wrong: str) -> None:
    assert keys("s3cret", "other").find(Secret(wrong)) is None


def test_blank_keys_are_no_keys() -> None:
    assert not keys("", "  ")
    assert keys("", "  ").find(Secret("")) is None
    assert len(keys("a", "", "b")) == 2


def test_a_caller_stays_the_same_when_the_setting_is_reordered() -> None:
    before, after = keys("a", "b").find(Secret("a")), keys("c", "b", "a").find(Secret("a"))
    assert before == after
    assert before != keys("a", "b").find(Secret("b"))


def test_all_keys_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def comparing(one: bytes, _other: bytes) -> bool:
        compared.append(one)
        return len(compared) == 1

    monkeypatch.setattr(static_keys.hmac, "compare_digest", comparing)
    assert keys("a", "b", "c").find(Secret("x")) is not None
    assert len(compared) == 3
