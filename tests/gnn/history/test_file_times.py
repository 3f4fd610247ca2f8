"""Files that do not follow each other in time are named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from domain.times import moment_ms
from gnn.history.file_times import disorder


def written(path: Path, *times: str | int | float, packed: bool = False) -> Path:
    text = "".join(json.dumps({"event_id": "e", "event_time": time}) + "\n" for time in times).encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    return path


def test_files_in_order_give_no_word(tmp_path: Path) -> None:
    day = moment_ms("2026-01-02")
    files = [
        written(tmp_path / "a", "2026-01-01T00:00:00Z", "2026-01-01T23:00:00.5+01:00"),
        written(tmp_path / "b", day, day + 1),
        written(tmp_path / "c"),
        written(tmp_path / "d", float(day + 5), float(day + 6)),
        written(tmp_path / "e", "2026-01-03 00:00:00+00:00", packed=True),
    ]
    assert disorder(files, 10) == ""


def test_a_file_that_begins_before_the_one_that_is_read_before_it(tmp_path: Path) -> None:
    files = [written(tmp_path / "a", "2026-03-01"), written(tmp_path / "b", "2026-01-01", packed=True)]
    said = disorder(files, 10)
    assert said.startswith(
        f"{files[1]} begins at 2026-01-01T00:00:00Z and is read after {files[0]}, which begins at 2026-03-01T00:00:00Z: "
    )
    assert said.endswith("name the files so that the order of their names is that of their events")


def test_all_pairs_are_counted(tmp_path: Path) -> None:
    """As of months by their names: apr, feb, jan, mar."""
    files = [written(tmp_path / name, f"2026-{month:02d}-01") for name, month in (("apr", 4), ("feb", 2), ("jan", 1), ("mar", 3))]
    said = disorder(files, 10)
    assert said.startswith(f"{files[1]} begins at")
    assert said.endswith(" (1 more pair of files that follow each other likewise)")


def test_files_that_overlap(tmp_path: Path) -> None:
    files = [written(tmp_path / "a", "2026-01-01", "2026-01-05"), written(tmp_path / "b", "2026-01-03", "2026-01-09")]
    assert disorder(files, 10).startswith(
        f"{files[0]} ends at 2026-01-05T00:00:00Z, and {files[1]}, which is read after it, begins at 2026"
    )
    assert disorder(files, 2 * 86_400) == "", "within what the job waits for"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"no time", b'{"event_time": "soon"}', b"\x1f\x8b\x08damaged"])
def test_files_without_a_time_are_left_out(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(content)
    files = [written(tmp_path / "a", "2026-03-01"), tmp_path / "b", tmp_path / "gone", written(tmp_path / "c", "2026-01-01")]
    assert disorder(files[:3], 10) == ""
    assert disorder(files, 10).startswith(f"{files[3]} begins at")


def test_long_lines_are_seen(tmp_path: Path) -> None:
    long = json.dumps({"event_time": 1, "text": "x" * 60_000}) + "\n"
    (tmp_path / "a").write_text(json.dumps({"event_time": "2026-03-01"}) + "\n" + long.replace("1,", '"2026-03-05",', 1) * 3)
    assert disorder([tmp_path / "a", written(tmp_path / "b", "2026-03-04")], 10).startswith(f"{tmp_path / 'a'} ends at 2026-03-05")
