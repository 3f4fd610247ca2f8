"""Folders that a run empties: never those of somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.cluster.own_folder import own_folder


def empty(folder: Path) -> None:
    with own_folder(folder, ".ours", ("made", "file", "link"), "--folder"):
        pass


def test_folder_of_somebody_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "thesis.txt").write_text("x")
    with pytest.raises(SettingError, match=rf"^--folder: {tmp_path} is not empty, .* name a new folder, or remove this one yourself$"):
        empty(tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "thesis.txt"]


@pytest.mark.parametrize("name", ["new/one", "."])
def test_new_and_empty_folders_become_ours(name: str, tmp_path: Path) -> None:
    empty(tmp_path / name)
    assert [path.name for path in (tmp_path / name).iterdir()] == [".ours"]
    empty(tmp_path / name)


def test_only_what_we_made_is_taken_away(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    empty(ours)
    other.mkdir()
    for path in (ours / "made" / "deep" / "a", ours / "file", ours / "notes.txt", other / "thesis.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (ours / "link").symlink_to(other)
    empty(ours)
    assert sorted(path.name for path in ours.iterdir()) == [".ours", "notes.txt"]
    assert (other / "thesis.txt").exists(), "a link is taken away, not what it leads to"


def test_folder_of_a_run_that_goes_on_is_not_emptied(tmp_path: Path) -> None:
    with own_folder(tmp_path, ".ours", ("made",), "--folder"):
        (tmp_path / "made").mkdir()
        with pytest.raises(SettingError, match=f"^--folder: another run is using {tmp_path}: wait for its end, or name another folder$"):
            empty(tmp_path)
        assert (tmp_path / "made").exists()
    empty(tmp_path)
    assert not (tmp_path / "made").exists()
