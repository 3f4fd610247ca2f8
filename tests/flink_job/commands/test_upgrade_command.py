"""`ringwatch upgrade --check` says what it found, and by its exit code whether the savepoint is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from flink_job.cli import main
from ops.secrets import PSEUDONYM_KEY
from tests.support.frozen_savepoint import KEY, OPTIONS, unpacked


def test_it_ends_with_0_where_the_savepoint_is_read_and_with_1_where_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, KEY)
    savepoint = str(unpacked(tmp_path))
    assert main(["upgrade", "--check", savepoint, "--set", *OPTIONS]) == 0
    assert "ok   records: 162 of version 2, all read" in capsys.readouterr().out
    assert main(["upgrade", "--check", savepoint]) == 1
    assert "FAIL pseudonyms: " in capsys.readouterr().out


def test_it_wants_a_savepoint() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["upgrade"])
    assert ended.value.code == 2
