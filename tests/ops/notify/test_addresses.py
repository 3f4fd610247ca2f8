"""Addresses that are not public are known in every spelling, and a name is looked up once."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import pytest

from ops.notify.channel import Away, Sending
from ops.notify.channel_settings import MailSettings
from ops.notify.channels.mail import Mail
from ops.notify.notice import Digest
from ops.notify.outgoing.addresses import ForbiddenAddressError, Guard, NoSuchHostError, is_public
from ops.notify.outgoing.client import HttpClient
from tests.support.incident_samples import START

PRIVATE = (
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::7f00:1", "fec0::1", "::127.0.0.1", "::8.8.8.8", "::ffff:0:7f00:1", "0.1.2.3",
    "100.127.255.255", "192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1",
    "::ffff:192.0.0.9", "::ffff:100.64.0.1", "64:ff9b::c000:9", "2001:db8::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1::1",
    "3fff::1", "5f00::1", "100::1", "100:0:0:1::1", "4000::1", "e000::1", "ff0e::1", "fe80::1%eth0", "fec0::1%2", "fdff::1",
    "2002:7f00:1::", "2002:808:808::", "2001:0:7f00:1::", "2001:0:808:808::f5f5:fffe",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "2001:4860:4860::8888", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_loopback_are_looked_up_before_they_are_judged(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 443))])
    with pytest.raises(ForbiddenAddressError, match=r"notify\.allow_private"):
        Guard().connected(host, 443, 1.0)


def test_one_private_address_among_others_forbids_all(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ForbiddenAddressError):
        Guard().addresses("rebound.example.com", 443)


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    answers = iter([[(0, 0, 0, "", ("8.8.8.8", 443))], [(0, 0, 0, "", ("127.0.0.1", 443))]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: next(answers))
    monkeypatch.setattr(socket, "create_connection", lambda address, _: asked.append(address))
    Guard().connected("rebound.example.com", 443, 1.0)
    assert asked == [("8.8.8.8", 443)]


def test_a_name_without_an_address_is_said_to_be_unknown() -> None:
    with pytest.raises(NoSuchHostError):
        Guard().addresses("nobody.invalid", 443)


@pytest.mark.parametrize(
    ("number", "why"), [(errno.ENETUNREACH, "no route leads from this machine"), (errno.EACCES, "a firewall of this machine forbids it")]
)
def test_what_keeps_a_connection_from_this_machine_is_said_with_the_mend(number: int, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(socket, "create_connection", fail)
    with pytest.raises(Away, match=why):
        HttpClient(Guard(), 1.0, ssl.create_default_context()).post("https://8.8.8.8/", b"", {})
    settings = MailSettings("its", "8.8.8.8", security="tls", sender="a@example.com", to=("b@example.com",))
    mail = Mail(settings, None, Guard(), ssl.create_default_context(), 1.0)
    with pytest.raises(Away, match=why):
        mail.send_digest(Digest(1, {"high": 1}, (), "https://fraud.example.com", START, {}), Sending("digest:1", is_again=False))
