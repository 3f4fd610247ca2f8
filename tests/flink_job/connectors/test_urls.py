"""Sources and sinks by URL: what is refused before any Flink starts, and what is let through."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from domain.errors import SettingError
from flink_job.settings.settings import Settings, load

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from flink_job.connectors import urls


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Stand in for Flink's own sinks, which need a Java."""
    for name in ("Encoder", "OutputFileConfig", "RollingPolicy", "_flat"):
        monkeypatch.setattr(urls, name, MagicMock())
    made = MagicMock()
    monkeypatch.setattr(urls, "FileSink", made)
    return made.for_row_format


def written_to(folder: Path) -> Settings:
    return load(None, [f"job.decisions=file:{folder}"])


def test_a_folder_that_holds_decisions_is_refused_with_the_mend(tmp_path: Path, sink: MagicMock) -> None:
    (tmp_path / "decisions-0.jsonl").write_text("{}\n")
    decisions = MagicMock()
    with pytest.raises(SettingError, match="holds decisions already; name another folder, or go on with --resume or --from"):
        urls.write_output(decisions, "job.decisions", written_to(tmp_path), restored=False)
    assert not decisions.sink_to.called
    assert not sink.called


@pytest.mark.parametrize(("name", "restored"), [("full", True), ("empty", False), ("missing", False)])
def test_another_folder_or_a_job_that_goes_on_is_let_through(name: str, restored: bool, tmp_path: Path, sink: MagicMock) -> None:
    for folder in ("full", "empty"):
        (tmp_path / folder).mkdir()
    (tmp_path / "full" / "decisions-0.jsonl").write_text("{}\n")
    decisions = MagicMock()
    urls.write_output(decisions, "job.decisions", written_to(tmp_path / name), restored)
    assert sink.call_args.args[0] == str(tmp_path / name)
    assert decisions.sink_to.call_count == 1
    assert decisions.sink_to.return_value.name.return_value.uid.call_args.args == ("decisions",)
    rolling = sink.return_value.with_bucket_assigner.return_value.with_rolling_policy
    assert rolling.call_args.args == (urls.RollingPolicy.on_checkpoint_rolling_policy.return_value,), "else files stay hidden for longer"


@pytest.mark.parametrize("url", ["nowhere", "file:", "http://host/path", ":path"])
def test_a_url_of_no_known_scheme_is_refused(url: str) -> None:
    with pytest.raises(SettingError, match=r"job\.sources: .* is not understood; write file:PATH, redis:NAME or kafka://BROKER/TOPIC"):
        urls.local_path(url, "job.sources")


@pytest.mark.parametrize("url", ["file:/a/b", "file:///a/b", "file:/a/x/../b"])
def test_a_file_url_names_a_path(url: str) -> None:
    assert urls.local_path(url, "job.sources") == Path("/a/b")


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ([], "job.sources is empty"),
        (["job.sources=['file:gone.jsonl']"], r"job\.sources: .*gone\.jsonl does not exist"),
        (["job.sources=['file:a', 'kafka://b:1/t']", "kafka.readers=2"], r"kafka\.readers must be 1"),
    ],
)
def test_sources_that_cannot_be_read_are_refused(overrides: list[str], complaint: str) -> None:
    env: Any = MagicMock()
    with pytest.raises(SettingError, match=complaint):
        urls.read_lines(env, load(None, overrides))
    assert not env.from_source.called


def test_without_a_control_stream_there_is_none() -> None:
    assert urls.read_control(MagicMock(), load(None)) is None
