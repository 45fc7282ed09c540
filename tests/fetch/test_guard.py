"""Which URLs and addresses the guard lets through."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.fetch.errors import FetchError, Refused, Unreachable
from hydrophone.fetch.guard import Guard
from hydrophone.fetch.resolver import CheckedResolver
from tests.fetch.conftest import FakeResolver


class Row(NamedTuple):
    number: int
    verdict: str
    addresses: list[str]
    outcome: str
    url: str


def _rows() -> list[Row]:
    lines = (Path(__file__).parent / "ssrf_verdicts.tsv").read_text("utf-8").splitlines()
    rows = []
    for line in lines:
        if not line.startswith("#"):
            number, verdict, addresses, outcome, url = line.split("\t")
            known = [] if addresses == "-" else addresses.split(",")
            rows.append(Row(int(number), verdict, known, outcome, url))
    return rows


async def _outcome(guard: Guard, row: Row) -> str:
    """What would happen in the end: fetched, refused, or not reached."""
    try:
        verdict = guard.admit(row.url)
        if verdict.decision == "dns":
            inner = FakeResolver()
            inner.answers[verdict.host] = [row.addresses]
            await CheckedResolver(guard, inner).resolve(verdict.host, 80)
    except Refused:
        return "refuse"
    except Unreachable:
        return "unreachable"
    return "fetch"


def test_the_checked_in_table_has_every_payload() -> None:
    assert [row.number for row in _rows()] == list(range(1, 172))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: str(row.number))
async def test_payload_gets_its_checked_in_verdict(row: Row) -> None:
    verdict = Guard().verdict(row.url)
    assert verdict.decision == row.verdict, verdict
    assert verdict.reason
    assert await _outcome(Guard(), row) == row.outcome


@pytest.mark.parametrize(
    "url",
    [
        "http://①②⑦.⓪.⓪.①/",
        "http://１２７．０．０．１/",
        "http://127。0。0。1/",
        "http://127.0.0.1./",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[64:ff9b:1::a00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:53aa:64c::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[fc00::1]/",
        "http://LOCALHOST./",
        "http://ＬＯＣＡＬＨＯＳＴ/",
        "http://a.b.localhost/",
        "http://168.63.129.16/",
        "http://100.64.1.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com%40127.0.0.1/",
        "http://example.com\\.evil.org/",
        "http://exa\nmple.com/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:80:80/",
        "http:///path",
        "http:example.com",
        "http://",
        "//example.com/",
        "example.com",
        "",
        "http://a..b/",
        "http://" + "a" * 64 + ".com/",
        "http://" + "a." * 130 + "com/",
        "http://example.com/" + "a" * 9000,
        "http://1.2.3.4.5/",
        "http://1.2.3.999/",
        "http://[1::2::3]/",
        "http://[::1/",
        "http://exa mple.com/",
        "http://\ud800.com/",
        "javascript:alert(1)",
        "ftp://example.com/",
        "data:text/html,x",
        "view-source:http://example.com/",
    ],
)
def test_tricky_url_is_refused(url: str) -> None:
    verdict = Guard().verdict(url)
    assert verdict.decision == "refuse"
    assert verdict.url == ""


@pytest.mark.parametrize(
    ("url", "decision", "normal", "host"),
    [
        ("  HTTP://Example.COM:80/a?b=c#d ", "dns", "http://example.com/a?b=c", "example.com"),
        ("https://example.com", "dns", "https://example.com/", "example.com"),
        ("https://example.com:8443?q=1", "dns", "https://example.com:8443/?q=1", "example.com"),
        ("http://example.com./", "dns", "http://example.com/", "example.com"),
        ("http://bücher.example/", "dns", "http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://faß.de/", "dns", "http://xn--fa-hia.de/", "xn--fa-hia.de"),
        ("http://a_b.example/", "dns", "http://a_b.example/", "a_b.example"),
        ("http://example.com/@user", "dns", "http://example.com/@user", "example.com"),
        ("http://0x08080808/", "public", "http://8.8.8.8/", "8.8.8.8"),
        ("http://8.8.8.8:8080/", "public", "http://8.8.8.8:8080/", "8.8.8.8"),
        ("http://[2606:4700::1111]/", "public", "http://[2606:4700::1111]/", "2606:4700::1111"),
        ("http://[64:ff9b::8.8.8.8]/", "public", "http://[64:ff9b::808:808]/", "64:ff9b::808:808"),
    ],
)
def test_good_url_is_normalised(url: str, decision: str, normal: str, host: str) -> None:
    verdict = Guard().verdict(url)
    assert (verdict.decision, verdict.url, verdict.host) == (decision, normal, host)


@given(st.text(max_size=40), st.sampled_from(["http://", "https://[", "HTTP:\\\\", "http://1", ""]))
def test_any_text_gets_a_verdict_and_a_normal_url_stays_as_it_is(text: str, start: str) -> None:
    verdict = Guard().verdict(start + text)
    assert verdict.reason
    if verdict.decision != "refuse":
        again = Guard().verdict(verdict.url)
        assert (again.decision, again.url, again.host) == (
            verdict.decision,
            verdict.url,
            verdict.host,
        )


def test_one_bad_address_refuses_the_whole_name() -> None:
    with pytest.raises(Refused, match=r"10\.0\.0\.1, a private network"):
        Guard().check_addresses("mixed.example", ["93.184.215.14", "10.0.0.1"])


def test_addresses_with_a_zone_or_no_sense_are_refused() -> None:
    for address in ("fe80::1%eth0", "rubbish"):
        with pytest.raises(Refused):
            Guard().check_addresses("odd.example", [address])


def test_loopback_and_private_are_allowed_one_by_one() -> None:
    local, intranet = "http://127.0.0.1/", "http://192.168.1.1/"
    for guard, allowed in (
        (Guard(), ()),
        (Guard(allow_loopback=True), (local,)),
        (Guard(allow_private=True), (intranet,)),
        (Guard(allow_loopback=True, allow_private=True), (local, intranet)),
    ):
        for url in (local, intranet):
            expected = "public" if url in allowed else "refuse"
            assert guard.verdict(url).decision == expected


def test_localhost_by_name_is_decided_by_dns_when_loopback_is_allowed() -> None:
    assert Guard(allow_loopback=True).verdict("http://localhost:8000/").decision == "dns"
    assert Guard(allow_private=True).verdict("http://localhost:8000/").decision == "refuse"


def test_metadata_services_stay_refused_whatever_is_allowed() -> None:
    guard = Guard(allow_loopback=True, allow_private=True)
    for host in ("169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "192.0.0.192", "0.0.0.0"):
        assert guard.verdict(f"http://{host}/").decision == "refuse"


def test_reason_does_not_repeat_a_password() -> None:
    verdict = Guard().verdict("http://user:hunter2@example.com/")
    assert "hunter2" not in verdict.reason
    with pytest.raises(FetchError) as caught:
        Guard().admit("http://user:hunter2@example.com/")
    assert "hunter2" not in str(caught.value)
