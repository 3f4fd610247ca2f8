"""What `ringwatch cluster submit` says and leaves around a submission; the cluster itself is in tests/job."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from flink_job.cli import main
from flink_job.cluster.run_lock import NOTE
from flink_job.commands.run_command import EMPTY_GRAPH


def test_a_job_is_noted_in_its_folders_even_if_nobody_waits_for_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def submitted(cluster: Any, words: Sequence[str], parallelism: int, on_submitted: Callable[[str], None]) -> str:
        on_submitted("a1")
        raise KeyboardInterrupt  # the job goes on

    monkeypatch.setattr("flink_job.cluster.check.require", lambda settings: ["of Kafka"])
    monkeypatch.setattr("flink_job.cluster.submission.submit", submitted)
    folders = {"decisions": tmp_path / "decisions", "checkpoints": tmp_path / "checkpoints"}
    words = ["--source", f"file:{tmp_path}", "--decisions", f"file:{folders['decisions']}"]
    words += ["--set", f"job.checkpoint_dir={folders['checkpoints']}", "--set", "cluster.rest_port=4711"]
    assert main(["cluster", "submit", *words]) == 130
    for folder in folders.values():
        assert json.loads((folder / NOTE).read_text()) == {"flink": "http://127.0.0.1:4711", "others": [], "job": "a1"}
    said = capsys.readouterr().err
    assert f"note: {EMPTY_GRAPH}\n" in said
    assert "note: of Kafka\n" in said
