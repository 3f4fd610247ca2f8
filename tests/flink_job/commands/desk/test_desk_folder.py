"""The folder of a desk: nobody else reads it, temporary files lie in it, and it goes with the desk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flink_job.commands.desk.desk_folder import PREFIX, desk_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of this test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tempfile.tempdir = None
    yield tmp_path
    tempfile.tempdir = None


def test_temporary_files_lie_in_it_and_all_goes(temporary: Path) -> None:
    with desk_folder() as folder:
        assert folder.path.parent == temporary
        assert folder.path.stat().st_mode & 0o77 == 0, "nobody else may read it"
        assert Path(tempfile.mkdtemp()).is_relative_to(folder.path)
        assert Path(os.environ["TMPDIR"]).is_relative_to(folder.path)
        (folder.path / "store.db").write_text("cases")
    assert list(temporary.iterdir()) == []
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(temporary)


def test_logs_stay_where_they_are_needed(temporary: Path) -> None:
    with desk_folder() as folder:
        (folder.logs / "redis.log").write_text("why")
        (folder.path / "store.db").write_text("cases")
        folder.keeps_logs = True
    assert [path.name for path in folder.path.iterdir()] == ["logs"]
    assert (folder.logs / "redis.log").read_text() == "why"


def test_the_folder_of_a_killed_desk_goes_with_the_next_start(temporary: Path) -> None:
    left = temporary / f"{PREFIX}killed"
    (left / "checkpoints").mkdir(parents=True)
    with desk_folder() as running, desk_folder():
        assert not left.exists()
        assert running.path.exists(), "one that runs stays"
