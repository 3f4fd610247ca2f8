"""Paths that users give: no output destroys an input, and a file's error says what to do."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from domain.errors import SettingError
from domain.paths import check_folder, check_outputs, event_files, file_error
from domain.whole_files import whole_file
from tests.support.unlisted_folder import unlisted


@pytest.fixture
def held(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("{}\n")
    return path


def test_an_output_is_no_input_by_whatever_name(held: Path) -> None:
    (link := held.with_name("link")).symlink_to(held)
    (hard := held.with_name("hard")).hardlink_to(held)
    for name in (held, link, hard, held.parent / ".." / held.parent.name / held.name):
        with pytest.raises(SettingError, match="is an input of --events, which would be lost: name another file"):
            check_outputs({"--events": [held]}, {"--out": [name]})
    with pytest.raises(SettingError, match="is an input of --decisions"):
        check_outputs({"--decisions": [held.parent]}, {"--json": [held]})
    check_outputs({"--events": [held, held.with_name("missing")]}, {"--out": [held.with_name("out")]})


def test_two_outputs_are_two_files(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"--incidents: .* is the output of --out as well"):
        check_outputs({}, {"--out": [tmp_path / "a"], "--incidents": [tmp_path / "." / "a"]})


def test_an_output_can_be_a_file(held: Path) -> None:
    with pytest.raises(SettingError, match="is a folder: name a file"):
        check_outputs({}, {"--out": [held.parent]})
    for below in (held / "out", held / "deep" / "out"):
        with pytest.raises(SettingError, match=r"in\.jsonl is a file, not a folder"):
            check_outputs({}, {"--out": [below]})
        with pytest.raises(SettingError, match=r"in\.jsonl is a file, not a folder"):
            check_folder("--out", below)
    with pytest.raises(SettingError, match="is a file: name a folder"):
        check_folder("--out", held)


def test_a_folder_that_is_replaced_holds_no_input(held: Path) -> None:
    with pytest.raises(SettingError, match="is replaced whole, and holds"):
        check_outputs({"--events": [held]}, {}, {"--out": [held.parent]})
    check_outputs({"--events": [held]}, {}, {"--out": [held.parent / "model"]})


def test_a_folder_of_events_is_its_files_in_natural_order_and_files_keep_their_own(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="holds no file, but for hidden ones"):
        event_files([tmp_path], "--events")
    names = ["a/m10.jsonl", "a/m9.jsonl", "M2.jsonl", "m10.jsonl", "m1.jsonl", "_hidden", ".hidden"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    ordered = ["a/m9.jsonl", "a/m10.jsonl", "m1.jsonl", "M2.jsonl", "m10.jsonl"]
    assert event_files([tmp_path], "--events") == [tmp_path / name for name in ordered]
    given = [tmp_path / "m10.jsonl", tmp_path / "a", tmp_path / "m1.jsonl"]
    assert event_files(given, "--events") == [given[0], tmp_path / "a/m9.jsonl", tmp_path / "a/m10.jsonl", given[2]]
    with pytest.raises(SettingError, match="does not exist"):
        event_files([tmp_path / "none"], "--events")


def test_a_folder_inside_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").touch()
    with unlisted(tmp_path / "closed") as closed, pytest.raises(SettingError, match="allow this user to read it, or name") as raised:
        event_files([tmp_path], "--events")
    assert f"--events: {closed} cannot be listed (" in str(raised.value)


def test_a_file_below_an_input_folder_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "in" / "below").mkdir(parents=True)
    (tmp_path / "in" / "below" / "e.jsonl").touch()
    with pytest.raises(SettingError, match="is an input of --events"):
        check_outputs({"--events": [tmp_path / "in"]}, {"--out": [tmp_path / "in" / "below" / "e.jsonl"]})


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(OSError, match=r"out\.jsonl") as raised, whole_file(out) as file:
        file.write("half")
        raise OSError(number, "no room")
    assert list(tmp_path.iterdir()) == []
    assert file_error(raised.value).startswith(f"{out}: ") and "another disk" in file_error(raised.value)


def test_an_error_of_a_file_says_the_mend() -> None:
    assert file_error(IsADirectoryError(errno.EISDIR, "x", "here")) == "here: Is a directory: name a file in it, not the folder"
    assert "No space left on device: free some space" in file_error(
        OSError("[Errno 28] Error writing bytes. Detail: No space left on device")
    )
    assert file_error(OSError("odd\nerror")) == "odd error"
