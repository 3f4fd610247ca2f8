"""What questions are answered from: commands with the same settings, the lake only where there is one."""

from __future__ import annotations

import pytest

from flink_job.commands.ask_sources import sources_of, trial_words
from flink_job.settings.settings import load


@pytest.mark.parametrize(
    ("sets", "option", "tools"),
    [
        ([], "--stream", {"try_rule"}),
        (["lake.url=run/lake"], "--stream", {"find_decisions", "try_rule"}),
        (["lake.url=run/lake", "lake.tables=[features]"], "--lake", {"find_decisions", "try_rule"}),
    ],
)
def test_the_commands_fit_the_settings(sets: list[str], option: str, tools: set[str]) -> None:
    settings = load(None, sets)
    command, of_lists = trial_words(settings, ["--debug"])
    assert option in command and "--debug" in command
    assert "--stream" in of_lists
    assert set(sources_of(settings, ["--debug"]).tools("")) == tools
