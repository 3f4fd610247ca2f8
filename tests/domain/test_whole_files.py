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
