"""What a question is answered from beside the store: commands of this program, with the same settings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.assistant.sources import Sources

COMMAND = (sys.executable, "-m", "flink_job.cli")
_ON_STREAM = ("--json", "--stream", "20000", "--within-s", "45")
"""Newest events of the stream on which a rule is tried, fewer where they do not fit into the time: the
process is ended after a minute.
"""
_ON_LAKE = ("--json", "--days", "30")


def sources_of(settings: Settings, its_words: Sequence[str]) -> Sources:
    """Return what there is beside the store. `its_words` give another command these settings."""
    from domain.rules.names import RuleNames
    from ops.assistant.lake import LakeByQuery
    from ops.assistant.rule_trials import RuleTrials
    from ops.assistant.sources import Sources

    query, lake = [*COMMAND, "query", "-", "--format", "json", *its_words], settings.lake
    trials = RuleTrials(RuleNames.of(settings.graph), *trial_words(settings, its_words))
    return Sources(LakeByQuery(query, lake.query_s) if lake.url is not None else None, trials)


def trial_words(settings: Settings, its_words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the command that tries a rule, and that for a rule which asks for a list.

    The first tries on the lake's rows of features where it has them, else on the stream, as the other does.
    """
    from ops.lake.table_names import FEATURES

    command, lake = [*COMMAND, "rules", "try", *its_words], settings.lake
    on_stream = [*command, *_ON_STREAM]
    if lake.url is None or FEATURES not in lake.tables:
        return on_stream, on_stream
    return [*command, *_ON_LAKE, "--lake", lake.url], on_stream
