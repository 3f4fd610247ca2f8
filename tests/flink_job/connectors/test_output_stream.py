"""Which streams can take decisions, and which places may be named together."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.connectors.local_files import check_outputs
from flink_job.connectors.output_stream import output_stream
from flink_job.settings.settings import JobSettings


def test_the_stream_is_the_one_that_is_named() -> None:
    job = JobSettings(decisions="redis:decisions")
    assert output_stream("job.decisions", job.decisions).name == "decisions"
    assert check_outputs(job, restored=False) == "redis:decisions"


@pytest.mark.parametrize(
    ("decisions", "said"),
    [
        ("redis:decisions?partitions=4", "write redis:decisions, without"),
        ("redis:alerts", "alerts holds other entries of the job: write redis:decisions"),
        ("redis:owner", "owner holds other entries"),
        ("redis:a b", "names no stream"),
        ("redis://h/0", "the address belongs into redis.url"),
    ],
)
def test_another_is_refused_with_the_mend(decisions: str, said: str) -> None:
    with pytest.raises(SettingError, match=rf"^job.decisions: .*{said}"):
        output_stream("job.decisions", decisions)


def test_three_places_side_by_side(tmp_path: Path) -> None:
    job = JobSettings(decisions="redis:decisions", enriched=f"file:{tmp_path}", flagged="kafka://b/flagged")
    assert check_outputs(job, restored=False) == f"redis:decisions and file:{tmp_path} and kafka://b:9092/flagged".replace(":9092", "")


@pytest.mark.parametrize(
    ("flagged", "said"),
    [
        ("redis:decisions", "decisions holds other entries of the job: write redis:flagged"),
        ("redis:rich", "job.enriched goes to redis:rich already"),
        ("print:", "is not understood"),
        ("file:FULL", "holds decisions already"),
    ],
)
def test_a_place_that_cannot_take_flagged_decisions(flagged: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").touch()
    job = JobSettings(decisions="print:", enriched="redis:rich", flagged=flagged.replace("FULL", str(tmp_path)))
    with pytest.raises(SettingError, match=rf"^job.flagged: .*{said}"):
        check_outputs(job, restored=False)


@pytest.mark.parametrize("url", ["kafka://b/t", "file:FOLDER/x/../y"])
def test_two_spellings_of_one_place(url: str, tmp_path: Path) -> None:
    url = url.replace("FOLDER", str(tmp_path))
    other = url.replace("//b/", "//b:9092/").replace("x/../y", "y")
    with pytest.raises(SettingError, match=r"^job.flagged: job.decisions goes to .* already; name another place"):
        check_outputs(JobSettings(decisions=url, flagged=other), restored=False)


def test_flagged_decisions_that_would_be_nowhere_are_refused() -> None:
    with pytest.raises(SettingError, match=r"job\.flagged_apart: job\.flagged names no place"):
        JobSettings(flagged_apart=True)


def test_raw_events_need_a_place() -> None:
    with pytest.raises(SettingError, match=r"job\.enriched_raw: job\.enriched names no place"):
        JobSettings(enriched_raw=True)
