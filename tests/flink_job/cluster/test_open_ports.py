"""A job whose metrics others can read says so when it is checked."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from flink_job.cluster import check, open_ports
from flink_job.settings.settings import JobSettings, load


def machine(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    listed = [SimpleNamespace(family=10 if ":" in one else 2, address=one) for one in addresses]
    link = SimpleNamespace(family=17, address="02:42:ac:11:00:02")
    monkeypatch.setattr(open_ports.psutil, "net_if_addrs", lambda: {"any": [link, *listed]})


def test_a_machine_that_others_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "127.0.0.1", "::1", "fe80::1%any", "169.254.1.1", "10.0.0.7", "192.168.1.7", "2001:db8::7", "10.0.0.8")
    assert open_ports.addresses() == ["10.0.0.7", "10.0.0.8", "192.168.1.7", "2001:db8::7"]
    [note] = open_ports.open_port_notes(JobSettings(metrics_port="9249-9260"))
    assert "port 9249-9260 of the metrics listens on all addresses (10.0.0.7, 10.0.0.8, 192.168.1.7 and 1 more)" in note
    assert not list(open_ports.open_port_notes(JobSettings()))


def test_a_machine_of_its_own_has_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "127.0.0.1", "::1")
    assert not list(open_ports.open_port_notes(JobSettings(metrics_port="9249")))


def test_check_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "10.0.0.7")
    notes = [look() for subject, look in check.looks(load(None, ["job.metrics_port=9249"])) if subject == "ports"]
    assert [note.is_note for note in notes] == [True] and "close them by a firewall" in notes[0].text
