"""Which streams can take decisions."""

from __future__ import annotations

import pytest

from domain.errors import SettingError
from flink_job.connectors.decisions_stream import decisions_stream
from flink_job.connectors.local_files import check_output
from flink_job.settings.settings import JobSettings


def test_the_stream_is_the_one_that_is_named() -> None:
    job = JobSettings(decisions="redis:decisions")
    assert decisions_stream(job).name == "decisions"
    assert check_output(job, restored=False) == "redis:decisions"


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
        decisions_stream(JobSettings(decisions=decisions))
