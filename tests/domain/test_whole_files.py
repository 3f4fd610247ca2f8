"""A file appears whole, or not at all."""

from pathlib import Path

import pytest

from domain.whole_files import unfinished, whole_file


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "made" / "events.jsonl"
    with whole_file(path) as file:
        file.write("{}\n")
        file.flush()
        assert not path.exists(), "nobody sees half a file"
        assert all(found.name.startswith(".") for found in path.parent.iterdir()), "those who watch the folder pass it over"
    assert path.read_bytes() == b"{}\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_files_and_nothing_else(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("old")
    with pytest.raises(RuntimeError), unfinished(first, second) as (made, _):
        made.write_text("new")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == [first]
    assert first.read_text() == "old"


def test_several_files_appear_together(tmp_path: Path) -> None:
    with unfinished(tmp_path / "a", tmp_path / "b") as made:
        for number, path in enumerate(made):
            path.write_text(str(number))
        assert not (tmp_path / "a").exists()
    assert [(tmp_path / name).read_text() for name in "ab"] == ["0", "1"]


def test_the_complete_file_itself_takes_the_name_and_readers_of_the_old_one_keep_it(tmp_path: Path) -> None:
    """A copy would show half a file, and would pull the old one from under its readers."""
    path = tmp_path / "a"
    path.write_text("old")
    with path.open() as reader:
        with unfinished(path) as (made,):
            made.write_text("new and longer")
            written = made.stat().st_ino
        assert path.stat().st_ino == written
        assert reader.read() == "old"
    assert path.read_text() == "new and longer"


def test_a_crash_between_two_renames_leaves_each_file_old_or_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = tmp_path / "a", tmp_path / "b"
    for path in paths:
        path.write_text("old")
    replace = Path.replace

    def failing(made: Path, target: Path) -> Path:
        if target.name == "b":
            raise OSError("disk gone")
        return replace(made, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="disk gone"), unfinished(*paths) as made:
        for one in made:
            one.write_text("new")
    assert [path.read_text() for path in paths] == ["new", "old"]
    assert sorted(tmp_path.iterdir()) == list(paths), "no hidden file is left"
