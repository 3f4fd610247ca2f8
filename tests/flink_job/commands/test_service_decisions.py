"""The service reads all decisions, or none."""

from __future__ import annotations

import pytest

from domain.errors import SettingError
from flink_job.commands.serve_worker import streams_of
from flink_job.commands.service_decisions import service_decisions
from flink_job.connectors.service_note import decisions_note
from flink_job.settings.settings import load

APART = ("job.flagged=redis:flagged", "job.flagged_apart=true")


def test_without_flagged_decisions_it_refuses_its_stream() -> None:
    for read in (service_decisions, streams_of):
        with pytest.raises(
            SettingError, match=r"^job.flagged_apart: the service waits for all decisions in redis:decisions, .*set it to false"
        ):
            read(load(None, ["job.decisions=redis:decisions", *APART]))


def test_the_same_topic_is_refused_however_it_is_written() -> None:
    kafka = ["job.decisions=kafka://broker/decisions", "service.score.decisions=kafka://BROKER:9092/decisions"]
    with pytest.raises(SettingError, match=r"^job\.flagged_apart"):
        service_decisions(load(None, [*kafka, *APART]))


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([], ""),
        (["actions.auto_block=true"], "the job writes its decisions to file:run/decisions, and ringwatch serve reads redis:decisions"),
        (["job.sources=[redis:events]"], "the job writes its decisions to file:run/decisions"),
        (["job.sources=['redis:events?partitions=2']", "job.decisions=redis:decisions"], ""),
    ],
)
def test_a_check_says_where_job_and_service_do_not_meet(overrides: list[str], said: str) -> None:
    assert decisions_note(load(None, overrides)).startswith(said) and bool(decisions_note(load(None, overrides))) is bool(said)


@pytest.mark.parametrize("overrides", [["job.decisions=redis:decisions", APART[0]], ["job.decisions=file:elsewhere", *APART]])
def test_of_all_decisions_it_reads_them(overrides: list[str]) -> None:
    assert service_decisions(load(None, overrides)) == "redis:decisions"
