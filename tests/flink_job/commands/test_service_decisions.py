"""The service reads all decisions, or none."""

from __future__ import annotations

import pytest

from domain.errors import SettingError
from flink_job.commands.serve_worker import streams_of
from flink_job.commands.service_decisions import service_decisions
from flink_job.settings.settings import load

APART = ("job.flagged=redis:flagged", "job.flagged_apart=true")


def test_without_flagged_decisions_it_refuses_its_stream() -> None:
    for read in (service_decisions, streams_of):
        with pytest.raises(
            SettingError, match=r"^job.flagged_apart: the service waits for all decisions in redis:decisions, .*set it to false"
        ):
            read(load(None, ["job.decisions=redis:decisions", *APART]))


@pytest.mark.parametrize("overrides", [["job.decisions=redis:decisions", APART[0]], ["job.decisions=file:elsewhere", *APART]])
def test_of_all_decisions_it_reads_them(overrides: list[str]) -> None:
    assert service_decisions(load(None, overrides)) == "redis:decisions"
