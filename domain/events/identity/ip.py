"""One spelling for one IP address, by the standard library's parser."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AF_INET, inet_pton

from domain.events.identity.nobody import OF_NOBODY
from domain.events.identity.refusal import NoIdentifier
from domain.events.identity.text import seen, with_ascii_digits

_BRACKETS = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?")
_PORT = re.compile(r"([\d.]+):\d{1,5}")
_WITH_PREFIX = re.compile(r"(.*[.:].*)/\d{1,3}")
_NUMBER = re.compile(r"\d{8,10}")
_LIKE_AN_ADDRESS = re.compile(r"\d+(?:\.\d*){2,}|[0-9a-f.]*:[0-9a-f.:]*:[0-9a-f.:]*")
_FOUR = 1 << 32
_NAT64 = IPv6Address("64:ff9b::").packed[:12]
_INSIDE = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1"),
    )
)
"""Addresses of hops inside somebody's network, which say nothing of a client outside."""
_CUSTOMERS = (ip_network("2000::/3"), ip_network("fc00::/7"))
"""Networks that are given out by prefixes. Elsewhere, as in fe80::/10, unrelated hosts share a prefix."""


def ip_form(text: str, prefix: int) -> str:
    """Return an address as the standard library writes it, an IPv6 one cut to `prefix` bits.

    IPv4 inside IPv6 is IPv4. A text that is unlike an address, such as a hash, stays; the result is empty
    for the address that says "none". Raises `NoIdentifier`.

        >>> ip_form("::ffff:cb00:7107", 64)
        '203.0.113.7'
        >>> ip_form("2001:DB8:0:0:1:2:3:4", 64)
        '2001:db8::/64'
    """
    return text if _is_usual(text) else _unusual(text, prefix)


def _is_usual(text: str) -> bool:
    """Return whether the text is an IPv4 address in its one usual form: in C, for nearly all are."""
    try:
        inet_pton(AF_INET, text)
    except (OSError, ValueError):
        return False
    return text[0] != "0"


def _unusual(text: str, prefix: int) -> str:
    text = seen(text)
    if not text.isascii():
        text = with_ascii_digits(seen(unicodedata.normalize("NFKC", text)).replace("\u3002", "."))
    text = text.lower()
    if "," in text:
        return ip_form(_client(text), prefix)
    address = _parsed(_bare(text))
    if address is None:
        _refuse_near_misses(text)
        return "" if text in OF_NOBODY else text
    return _cut(address, prefix)


def _bare(text: str) -> str:
    """Return the address without quotes, brackets, port, and the length of its prefix."""
    text = text.strip("\"' ")
    found = _BRACKETS.fullmatch(text) or _PORT.fullmatch(text) or _WITH_PREFIX.fullmatch(text)
    return next(filter(None, found.groups()), "") if found else text


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address, IPv4 where it is one inside IPv6; None if the text is none."""
    if _NUMBER.fullmatch(text) and (number := int(text)) < _FOUR:
        return IPv4Address(number)
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (_inner(address) or address) if isinstance(address, IPv6Address) else address


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    number, low = int(address), IPv4Address(int(address) % _FOUR)
    if (1 << 16 <= number < _FOUR) or address.packed[:12] == _NAT64:
        return low
    inner = address.sixtofour or (address.teredo[1] if address.teredo else None)
    return inner if inner and not _is_inside(inner) else None


def _is_inside(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in _INSIDE)


def _cut(address: IPv4Address | IPv6Address, prefix: int) -> str:
    if address.is_unspecified:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    plain = IPv6Address(int(address))  # without its zone, which is a matter of the host that saw it
    if prefix == 128 or not any(plain in network for network in _CUSTOMERS):
        return str(plain)
    return str(ip_network((int(plain), prefix), strict=False))


def _client(text: str) -> str:
    """Return the one public address of a list such as X-Forwarded-For, or the one address that it repeats.

    Senders may put in front what they like, so that one of several public ones would be a guess.
    """
    hops = [address for address in (_parsed(_bare(hop.strip())) for hop in text.split(",")) if address]
    found = {hop for hop in hops if not _is_inside(hop)} or set(hops)
    if len(found) != 1:
        raise NoIdentifier(f"{len(found)} addresses are too many or too few; send the one that your own proxy saw")
    return str(found.pop())


def _refuse_near_misses(text: str) -> None:
    if _LIKE_AN_ADDRESS.fullmatch(_bare(text)):
        raise NoIdentifier("it is no IP address; write it like 203.0.113.7 or 2001:db8::7, or send null for an unknown one")
