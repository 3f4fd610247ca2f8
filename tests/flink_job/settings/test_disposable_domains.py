"""The domains of throw-away mailboxes that a shop adds: by the setting, and by a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from domain.incidents.wave_settings import WaveSettings
from flink_job.commands.options import event_parser
from flink_job.settings.disposable_domains import further_domains
from flink_job.settings.settings import load


def test_both_settings_count_together(tmp_path: Path) -> None:
    file = tmp_path / "domains.txt"
    file.write_text("\ufeff# ours\nbought.example\n*.lent.example # until June\n", encoding="utf-8")
    settings = WaveSettings(disposable_domains=("set.example",), disposable_domains_file=str(file))
    assert further_domains(settings) == {"set.example", "bought.example", "lent.example"}
    assert further_domains(WaveSettings()) == frozenset()


def test_the_parser_of_the_commands_heeds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", "a key for the tests")
    (tmp_path / "domains.txt").write_text("bought.example\n")
    parser = event_parser(load(None, [f"incidents.waves.disposable_domains_file={tmp_path / 'domains.txt'}"]))
    line = b'{"event_id": "e", "event_type": "login", "event_time": 1767571200000, "account_id": "u", "email": "a@x.bought.example"}'
    assert parser.parse(line).mail == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"caf\xe9.example\n", "it is no UTF-8 text"),
        (b"ok.example\ncom\n", "line 2 of .*'com', is no domain"),
        (b"ok.example,other.example\n", "line 1 of .* is no domain: write one a line, like mailinator.com"),
        (b"\n\nhttps://ok.example\n", "line 3 of "),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_its_setting(content: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "domains.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingError, match=words) as caught:
        further_domains(WaveSettings(disposable_domains_file=str(file)))
    assert str(caught.value).startswith("incidents.waves.disposable_domains_file: ") and str(file) in str(caught.value)


@pytest.mark.parametrize("text", ["com", "ann@throw.example", "a b.example", "throw.example."])
def test_a_text_that_is_no_domain_is_refused_by_its_setting(text: str) -> None:
    with pytest.raises(SettingError, match=r"incidents\.waves\.disposable_domains: .* is no domain; write it like mailinator\.com"):
        load(None, [f"incidents.waves.disposable_domains=['{text}']"])
