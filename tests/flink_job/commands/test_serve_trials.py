"""Where the service tries rules: on the lake if it has the rows of features, else on the stream."""

from __future__ import annotations

import pytest

from flink_job.commands.serve_web import dry_runs
from flink_job.settings.settings import load


@pytest.mark.parametrize(
    ("sets", "option"),
    [
        ([], "--stream"),
        (["lake.url=run/lake"], "--stream"),
        (["lake.url=run/lake", "lake.tables=[features]"], "--lake"),
    ],
)
def test_the_command_fits_the_settings(sets: list[str], option: str) -> None:
    found = dry_runs(load(None, sets), ["--debug"])
    assert option in found.command and "--debug" in found.command
    assert "--stream" in found.of_lists
