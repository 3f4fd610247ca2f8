"""Without a key of the pseudonyms nothing is deployed; what only shows the product makes one of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from domain.events.identity import DEMO_KEY
from flink_job.cli import main
from ops.secrets import PSEUDONYM_KEY, make_pseudonym_key, require_pseudonym_key, secret

COMMANDS = {
    "run": ["run", "--source", "file:."],
    "submit": ["cluster", "submit", "--source", "file:.", "--decisions", "file:decisions"],
    "serve": ["serve"],
    "the worker": ["serve", "--only", "worker"],
    "archive": ["archive", "--no-follow", "--lake", "lake"],
    "erase": ["archive", "--erase", "account:c-17", "--lake", "lake"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("value", [None, ""])
def test_it_is_refused_with_the_mend(
    command: str, value: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    if value is None:
        monkeypatch.delenv(PSEUDONYM_KEY)
    else:
        monkeypatch.setenv(PSEUDONYM_KEY, value)
    assert main([*COMMANDS[command], "--set", "redis.url=redis://127.0.0.1:1/0"]) == 2
    said = capsys.readouterr()
    assert f"{PSEUDONYM_KEY} is not set" in said.err + said.out
    assert "openssl rand -hex 32" in said.err + said.out and f"{PSEUDONYM_KEY}_FILE" in said.err + said.out
    assert list(tmp_path.iterdir()) == []


def test_a_file_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(PSEUDONYM_KEY)
    with pytest.raises(SettingError):
        require_pseudonym_key()
    (tmp_path / "key").write_text("ab12\n")
    monkeypatch.setenv(f"{PSEUDONYM_KEY}_FILE", str(tmp_path / "key"))
    require_pseudonym_key()


def test_a_demo_takes_a_new_key_unless_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = set()
    for _ in range(2):
        monkeypatch.setenv(PSEUDONYM_KEY, "")
        make_pseudonym_key()
        made.add(secret(PSEUDONYM_KEY))
        before = secret(PSEUDONYM_KEY)
        make_pseudonym_key()
        assert secret(PSEUDONYM_KEY) == before and before and len(before) == 64
    assert len(made) == 2 and DEMO_KEY.decode() not in made
