"""One spelling for one IP address, by the standard library's parser."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AF_INET, inet_pton

from domain.events.identity.nobody import names_nobody
from domain.events.identity.refusal import NoIdentifier
from domain.events.identity.text import seen, with_ascii_digits

_AROUND = "\"'`()<>{}\\ "
_NAME = re.compile(r"(?:for|ip(?:v?[46])?)[:=]|[a-z][a-z0-9+.-]*://")
"""What programs write before an address: the header `Forwarded`, gRPC, URLs."""
_HOST_AND_PORT = re.compile(
    r"\[(?P<brackets>[^\[\]]*)\](?::(?P<port>\d+))?|(?P<four>[\d.]+)(?:%[\w.-]+)?(?::(?P<port4>\d+))?"
    r"|(?P<eight>[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7})(?:%[\w.-]+)?:(?P<port6>\d+)"  # Java up to 13 writes the last one
)
_LAST_PORT = (1 << 16) - 1
_BETWEEN = re.compile(r"[,;|\s]+")
_NUMBER = re.compile(r"\d{8,10}")
_HEXADECIMAL = re.compile(r"0x([0-9a-f]{8})")
_LIKE_AN_ADDRESS = re.compile(r"\d+(?:\.\d*){2,}|[0-9a-f.]*:[0-9a-f.:]*:[0-9a-f.:]*")
_WITH_AN_ADDRESS = re.compile(
    r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){3}|(?<!\w)[0-9a-f]{0,4}:[0-9a-f]{0,4}:(?:[0-9a-f]{0,4}:)*[0-9a-f]{0,4}(?!\w)"
)
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
    if "%" in text:
        text = text.replace("%5b", "[").replace("%5d", "]").replace("%3a", ":")  # gRPC writes them so
    if names_nobody("ip", text) or names_nobody("ip", _bare(text)):
        return ""
    hops = [hop for hop in _BETWEEN.split(text) if hop]
    if len(hops) > 1:
        return _client(text, hops, prefix)
    address = _parsed(text)
    if address is None:
        _refuse_near_misses(text)
        return text
    return _cut(address, prefix)


def _bare(text: str) -> str:
    """Return the text without quotes, parentheses, half a bracket, and the name of what it is."""
    text = text.strip(_AROUND)
    if text.count("[") != text.count("]"):
        text = text.strip(f"[]{_AROUND}")
    name = _NAME.match(text)
    return text[name.end() :].strip(_AROUND) if name else text


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address, whatever programs put around it; None if the text is none."""
    text = _bare(text)
    before, slash, after = text.rpartition("/")
    if slash:
        return _beside_slash(before, after)
    if found := _HOST_AND_PORT.fullmatch(text):
        if int((found["port"] or found["port4"] or found["port6"] or "0")[:6]) > _LAST_PORT:
            return None
        text = (found["brackets"] or found["four"] or found["eight"] or "").strip(_AROUND)
    return _plain(text)


def _beside_slash(before: str, after: str) -> IPv4Address | IPv6Address | None:
    """Return the address of `address/prefix`, `address/mask`, or Java's `host/address:port`."""
    whole = None if "/" in before else _parsed(before)
    if len(after) <= 3 and after.isdecimal():
        return whole if int(after) <= (128 if ":" in before else 32) else None
    address = _parsed(after) if "." in after or ":" in after else None
    if whole is None or address is None or whole == address:
        return address
    inverted = _FOUR - 1 - int(address)
    return whole if isinstance(address, IPv4Address) and inverted & (inverted + 1) == 0 else None


def _plain(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address of a text without anything around it, IPv4 where it is one inside IPv6."""
    if _NUMBER.fullmatch(text) and (number := int(text)) < _FOUR:
        return IPv4Address(number)
    if number_16 := _HEXADECIMAL.fullmatch(text):
        return IPv4Address(int(number_16[1], 16))
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


def _client(text: str, hops: list[str], prefix: int) -> str:
    """Return the one public address of a list such as X-Forwarded-For, or the one address that it repeats.

    Senders may put in front what they like, so that one of several public ones would be a guess. A text of
    several words without an address is returned as it is.
    """
    hops = [hop for hop in hops if hop.lstrip(_AROUND).startswith("for=")] or hops
    addresses = [_parsed(hop) for hop in hops]
    if not all(addresses):  # a number beside other words is any number
        addresses = [None if hop.isdecimal() else address for hop, address in zip(hops, addresses, strict=True)]
    for hop, address in zip(hops, addresses, strict=True):
        if address is None:
            _refuse_near_misses(hop)
    if not any(addresses) and "," not in text:
        return text
    known = [address for address in addresses if address and not address.is_unspecified]
    found = {_cut(hop, prefix) for hop in known if not _is_inside(hop)} or {_cut(hop, prefix) for hop in known}
    if not found and all(address or names_nobody("ip", _bare(hop)) for hop, address in zip(hops, addresses, strict=True)):
        return ""
    if len(found) != 1:
        raise NoIdentifier(f"{len(found)} addresses are too many or too few; send the one that your own proxy saw")
    return found.pop()


def _refuse_near_misses(text: str) -> None:
    if _LIKE_AN_ADDRESS.fullmatch(_bare(text)) or _WITH_AN_ADDRESS.search(text):
        raise NoIdentifier("it is no IP address; write it like 203.0.113.7 or 2001:db8::7, or send null for an unknown one")
