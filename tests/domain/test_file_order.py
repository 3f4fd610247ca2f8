"""The natural order of files, and which files of a folder are read."""

from __future__ import annotations

import os
import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.file_order import files_in_order, natural_key


@pytest.mark.parametrize(
    "ordered",
    [
        ["month-1.jsonl", "month-02.jsonl", "month-9.jsonl", "month-10.jsonl", "month-011.jsonl"],
        ["events.jsonl", "events (1).jsonl", "events (2).jsonl", "events (10).jsonl", "events-1.jsonl"],
        ["Month-1.jsonl", "month-2.jsonl", "MONTH-3.jsonl", "month-10.jsonl"],
        ["2026-01-31.jsonl", "2026-02-01.jsonl", "2026-10-01.jsonl", "2027-01-01.jsonl"],
        ["1", "2", "18446744073709551615", "18446744073709551616", "9" * 100, "1" + "0" * 100],
        ["m-\u0661.jsonl", "m-\u0662.jsonl", "m-3.jsonl", "m-\u0664.jsonl", "m-\uff11\uff10.jsonl"],
        ["2025/12/31.jsonl", "2026/1/1.jsonl", "2026/1/2.jsonl", "2026/1/10.jsonl", "2026/2/1.jsonl", "2026/10/1.jsonl"],
        ["v1.9.jsonl", "v1.10.jsonl", "v2.jsonl"],
        ["part-00001-a.jsonl", "part-1-b.jsonl", "part-2-a.jsonl"],
        ["A-1", "a-01", "a-1"],
        ["e.jsonl.gz", "e-2.jsonl", "e-10.jsonl.gz"],
        ["log.jsonl", "log.jsonl.1", "log.jsonl.2", "log.jsonl.10"],
        ["caf\u00e9-1", "cafe\u0301-2", "CAF\u00c9-3", "caf\u00e9-10"],
        ["x", "x1", "xa"],
    ],
)  # fmt: skip
def test_natural_order(ordered: list[str]) -> None:
    mixed = random.Random(1).sample(ordered, len(ordered))
    assert sorted(mixed, key=natural_key) == sorted(ordered, key=natural_key) == ordered


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=12), st.text(max_size=12))
def test_names_that_differ_have_an_order_of_their_own(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (natural_key(one) == natural_key(other)) == same or "/" in other
    assert natural_key(one).isascii()


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.text("ab-. ", max_size=4))
def test_numbers_count_by_their_value(one: int, other: int, name: str) -> None:
    assert (natural_key(f"{name}{one}z") < natural_key(f"{name}{other}z")) == (one < other)


def test_what_cannot_be_read_to_its_end_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "_in"
    for name in ("b/2", "b/10", "a", ".hidden", "_hidden", "c.tmp"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "nowhere").symlink_to("not-there")
    (folder / "b" / "back").symlink_to(folder)
    (folder / "again").symlink_to(folder / "b")
    os.mkfifo(folder / "pipe")
    assert [str(path.relative_to(folder)) for path in files_in_order(folder)] == ["a", "again/2", "again/10", "b/2", "b/10", "c.tmp"]
    assert list(files_in_order(folder / "a")) == [folder / "a"]
