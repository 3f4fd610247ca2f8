"""What docs/lake.md says of other readers: pandas by delta-rs reads a day with its types."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from tests import ROOT
from tests.ops.lake.lake_samples import decision
from tests.support.digest_samples import write


def test_the_lines_of_the_page_give_a_frame_of_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "run" / "lake", "decisions", [decision(number) for number in (0, 1, 86_399, 86_400)])
    [lines] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "lake.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(lines, names)
    frame = names["frame"]
    assert list(frame["event_id"]) == ["e0", "e1", "e86399"]
    assert str(frame["event_time"].min()) == "2026-03-02 00:00:00+00:00" and frame["amount"].sum() == 37.5


def test_a_table_asks_of_a_reader_what_every_reader_can(tmp_path: Path) -> None:
    write(tmp_path, "decisions", [decision(1)])
    assert DeltaTable(str(tmp_path / "decisions")).protocol().min_reader_version == 1
