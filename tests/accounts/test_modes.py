"""Which mode a server starts in, and when it does not."""

from __future__ import annotations

import pytest

from hydrophone.accounts.modes import decide_mode, is_loopback
from hydrophone.errors import NotConfigured
from hydrophone.ports import is_session_token
from hydrophone.types import Secret

LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]
REACHABLE = [
    "0.0.0.0",
    "::",
    "",
    "192.168.1.5",
    "example.org",
    "127.0.0.1.example.org",
    "::ffff:0:0",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_without_keys_is_open(host: str) -> None:
    assert is_loopback(host)
    assert decide_mode(host, has_keys=False, session=False) == "open"


@pytest.mark.parametrize("host", REACHABLE)
def test_any_other_address_without_keys_is_refused_with_the_reason(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(NotConfigured) as caught:
        decide_mode(host, has_keys=False, session=False)
    for word in (host, "hydrophone keys create", "API_KEYS", "127.0.0.1"):
        assert word in caught.value.message


@pytest.mark.parametrize("host", [*LOOPBACK, *REACHABLE])
def test_keys_or_session_mode_will_do_for_any_address(host: str) -> None:
    assert decide_mode(host, has_keys=True, session=False) == "keys"
    assert decide_mode(host, has_keys=False, session=True) == "session"
    assert decide_mode(host, has_keys=True, session=True) == "session"


@pytest.mark.parametrize("token", ["eyJh.Zw.aXY.Y2lwaGVy.dGFn", "eyJh..a-Y.Y2_w.dGFn"])
def test_a_token_in_five_parts_has_the_form_of_a_session(token: str) -> None:
    assert is_session_token(Secret(token))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "hp-abc",
        "a.b.c",
        "a.b.c.d",
        "a.b.c.d.e.f",
        "a.b.c.d.",
        ".b.c.d.e",
        "a.b.c.d.e\n",
        "a.b. .d.e",
        "a.b.é.d.e",
        "a.b.c=.d.e",
        "a.b.c+.d.e",
        "....",
    ],
)
def test_anything_else_has_not(token: str) -> None:
    assert not is_session_token(Secret(token))
