"""The session's cookie: whole or in pieces, as people paste it and as the service sets it."""

from __future__ import annotations

import pytest

from hydrophone.perplexity.session.token import COOKIE, is_ours, joined, pieces, read_token, renewed
from hydrophone.types import Secret

WHOLE = "eyJhbGciOiJkaXIi..aXY.Y2lwaGVy.dGFn"
LONG = "".join(chr(ord("a") + n % 26) for n in range(9_000))


@pytest.mark.parametrize(
    "pasted",
    [
        WHOLE,
        f"  {WHOLE}\n",
        f'"{WHOLE}"',
        f"'{WHOLE}'",
        f"{COOKIE}={WHOLE}",
        f"Cookie: a=b; {COOKIE}={WHOLE}; c=d",
        f"{COOKIE}.1={WHOLE[9:]}; x=y; {COOKIE}.0={WHOLE[:9]}",
        f"{COOKIE}.0={WHOLE[:9]}\n{COOKIE}.1={WHOLE[9:]}",
    ],
)
def test_a_token_is_found_in_what_people_paste(pasted: str) -> None:
    assert read_token(pasted).reveal() == WHOLE


@pytest.mark.parametrize("pasted", ["", "   ", "a b", '""', "a\x00b"])
def test_what_is_no_token_is_refused(pasted: str) -> None:
    with pytest.raises(ValueError, match="no session token"):
        read_token(pasted)


def test_more_than_ten_pieces_are_joined_by_their_numbers() -> None:
    cookies = {f"{COOKIE}.{n}": f"<{n}>" for n in (10, 2, 0, 1, *range(3, 10), 11)}
    found = joined(cookies)
    assert found is not None
    assert found.reveal() == "".join(f"<{n}>" for n in range(12))


def test_a_long_token_goes_out_in_pieces_that_a_cookie_can_hold() -> None:
    sent = pieces(Secret(LONG))
    assert list(sent) == [f"{COOKIE}.{n}" for n in range(3)]
    assert all(len(f"{name}={value}") < 4_096 for name, value in sent.items())
    assert joined(sent) == Secret(LONG)
    assert pieces(Secret(WHOLE)) == {COOKIE: WHOLE}


def test_a_token_that_the_service_sets_is_taken() -> None:
    rest = "; Path=/; Expires=Wed, 01 Jan 2027 00:00:00 GMT; HttpOnly; Secure; SameSite=lax"
    assert renewed([f"other=1{rest}", f"{COOKIE}={WHOLE}{rest}"]) == Secret(WHOLE)
    parts = [f"{COOKIE}=; Max-Age=0", f"{COOKIE}.1={WHOLE[9:]}{rest}", f"{COOKIE}.0={WHOLE[:9]}"]
    assert renewed(parts) == Secret(WHOLE)


@pytest.mark.parametrize(
    "headers",
    [[], ["a=b"], [f"{COOKIE}=; Max-Age=0"], [f"{COOKIE}2=x"], [f"{COOKIE}.x=y"], [COOKIE]],
)
def test_what_sets_no_token_renews_none(headers: list[str]) -> None:
    assert renewed(headers) is None


def test_cookies_of_others_are_not_ours() -> None:
    assert is_ours(COOKIE)
    assert is_ours(f"{COOKIE}.3")
    assert not any(map(is_ours, ("cf_clearance", f"{COOKIE}.", f"{COOKIE}.a", f"x{COOKIE}")))
