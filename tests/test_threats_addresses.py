"""Threat rows of source addresses: who sends is told from the right, strictly, or not at all."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hookseal._engine import Networks, client_address
from tests.conftest import reasons
from tests.site.settings import HOOKSEAL

LISTED, STRANGER, PROXY, OTHER_PROXY = "203.0.113.7", "192.0.2.1", "10.0.0.1", "10.0.0.2"


@pytest.fixture
def knock(settings, client: Client, send, lines):
    """Send a genuine delivery from an address: `knock(remote, forwarded, ALLOW_IPS=[...])` gives status and reason."""
    settings.MIDDLEWARE = []

    def call(remote: str, forwarded: str | None = None, **entry: object):
        allowed = {"ALLOW_IPS": [LISTED], "REPLAY": False}
        settings.HOOKSEAL = HOOKSEAL | {"github": HOOKSEAL["github"] | allowed | entry}
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        lines.clear()
        response = send(client, "/to/github/", "github", REMOTE_ADDR=remote, headers=headers)
        return response.status_code, *reasons(lines)

    return call


@pytest.mark.parametrize(
    ("ranges", "remote", "allowed"),
    [
        ([LISTED], "::ffff:203.0.113.7", True),
        ([LISTED], "::FFFF:CB00:7107", True),
        (["::ffff:203.0.113.7"], LISTED, True),
        (["::ffff:203.0.113.0/120"], "203.0.113.255", True),
        (["::ffff:203.0.113.0/120"], "203.0.112.255", False),
        (["203.0.113.0/24"], "::203.0.113.7", False),
        (["fe80::1"], "fe80::1%eth0", True),
        (["fe80::1"], "fe80::2%eth0", False),
        (["2001:db8::1"], "2001:db8::2", False),
        (["2001:db8::/32"], "2001:db9::", False),
        (["203.0.113.7/32"], "203.0.113.6", False),
        (["0.0.0.0/0"], "2001:db8::1", False),
    ],
)
def test_T39_T80_mapped_scoped_and_neighbouring_addresses(knock, ranges, remote, allowed):
    """IPv4 is IPv4 however it is written, a zone is no part of an address, a bare address is a range of one."""
    assert ((200,) if allowed else (400, "address_denied")) == knock(remote, ALLOW_IPS=ranges)


@pytest.mark.parametrize(
    "remote",
    [
        *("203.0.113.7%eth0", "203.0.113.7:443", "[203.0.113.7]:443", "0203.0.113.7", "203.0.113"),
        *("", "3405803783", "unix:", "203.0.113.7 ,", "203.0.113.7/32", "fe80::1%", "localhost"),
    ],
)
def test_T39_T82_what_is_no_address_lets_nobody_in(knock, remote):
    """No port, no octal, no number, no name, no zone on IPv4: the site is told, and the sender comes again."""
    assert (503, "address_unknown") == knock(remote)


FORGED = [LISTED, f"{LISTED}, {LISTED}", f"{LISTED}," * 10_000 + STRANGER, f" {LISTED} , {STRANGER}"]


@pytest.mark.parametrize("forwarded", FORGED)
def test_T38_a_forged_header_never_helps_without_a_proxy(knock, forwarded):
    """The peer alone counts, and a peer that may send is not hurt by what it forwards."""
    assert (400, "address_denied") == knock(STRANGER, forwarded)
    assert (200,) == knock(LISTED, f"{STRANGER}, {PROXY}")


@pytest.mark.parametrize("forged", ["", *FORGED])
@pytest.mark.parametrize("proxies", [1, [PROXY]])
def test_T38_T81_a_forged_header_never_helps_behind_a_proxy(knock, forged, proxies):
    """What the sender writes stands to the left of what the proxy adds, and is never taken."""
    forwarded = ", ".join(filter(None, [forged, STRANGER]))
    assert (400, "address_denied") == knock(PROXY, forwarded, TRUSTED_PROXIES=proxies)
    genuine = ", ".join(filter(None, [forged, LISTED]))
    assert (200,) == knock(PROXY, genuine, TRUSTED_PROXIES=proxies)


@pytest.mark.parametrize("proxies", [2, ["10.0.0.0/8"]])
def test_T38_T81_two_proxies_are_two_steps_from_the_right(knock, proxies):
    """Each proxy adds the address that it was reached from."""
    assert (200,) == knock(PROXY, f"{STRANGER}, {LISTED}, {OTHER_PROXY}", TRUSTED_PROXIES=proxies)
    assert (400, "address_denied") == knock(PROXY, f"{LISTED}, {STRANGER}, {OTHER_PROXY}", TRUSTED_PROXIES=proxies)


def test_T38_whoever_comes_past_the_proxies_is_judged_by_ranges_alone(knock):
    """A peer outside the ranges is the client itself, whatever it writes."""
    assert (400, "address_denied") == knock(STRANGER, LISTED, TRUSTED_PROXIES=["10.0.0.0/8"])
    assert (200,) == knock(LISTED, STRANGER, TRUSTED_PROXIES=["10.0.0.0/8"])


@pytest.mark.parametrize("proxies", [1, 3, ["10.0.0.0/8"]])
@pytest.mark.parametrize("forwarded", [None, "", "unknown", PROXY + ",", f"{LISTED}:443", f"{LISTED};for={LISTED}"])
def test_T82_a_proxy_that_says_nothing_usable_lets_nobody_in(knock, proxies, forwarded):
    """Too few entries, or one that is no address, are no "allowed"."""
    assert (503, "address_unknown") == knock(PROXY, forwarded, TRUSTED_PROXIES=proxies)


def test_T38_the_rate_is_counted_by_the_same_address(knock):
    """A sender cannot buy itself a new count with another forged entry."""
    limit = {"RATE_LIMIT": "2/h", "ALLOW_IPS": None, "TRUSTED_PROXIES": 1}
    answers = [knock(PROXY, f"203.0.113.{number}, {STRANGER}", **limit)[0] for number in range(3)]
    assert [200, 200, 429] == answers


WHOLE = {4: (IPv4Address, IPv4Network, 32), 6: (IPv6Address, IPv6Network, 128)}
mapped = st.builds(lambda v4: IPv6Address(f"::ffff:{v4}"), st.ip_addresses(v=4))
addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), mapped)


def as_number(address: IPv4Address | IPv6Address) -> int:
    """Write any address as IPv6 does."""
    return int(IPv6Address(f"::ffff:{address}")) if address.version == 4 else int(address)


@given(base=addresses, other=addresses, prefix=st.integers(0, 128), near=st.integers(0, 128))
def test_T39_ranges_hold_what_ipaddress_says(base, other, prefix, near):
    """Compared with the standard library, for addresses far off and one bit away."""
    kind, network, width = WHOLE[base.version]
    held = network((int(base), min(prefix, width)), strict=False)
    neighbour = kind(int(base) ^ (1 << min(near, width - 1)))
    first, mask = as_number(held.network_address), (1 << 128) - (1 << (width - held.prefixlen))
    for address in (base, other, neighbour):
        assert (str(address) in Networks([str(held)])) == (as_number(address) & mask == first)


@given(st.one_of(addresses.map(str), st.text(st.characters(max_codepoint=127), max_size=45)))
def test_T39_an_address_is_one_where_ipaddress_says_so(text):
    """Neither more nor less, but for what is trimmed and brackets; the answer is in canonical form."""
    found = client_address(text, None)
    bare = text.strip(" \t")
    try:
        expected = ip_address(bare[1:-1] if bare[:1] + bare[-1:] == "[]" else bare)
    except ValueError:
        expected = None
    if found is None:
        assert expected is None
        return
    plain = IPv6Address(str(expected).partition("%")[0]) if expected.version == 6 else expected
    canonical = (plain.ipv4_mapped if plain.version == 6 else None) or plain
    assert str(canonical) == found
