"""What tools read beside the store, where it is there: the lake, and past events on which rules are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ops.assistant import lake_decisions, rule_trials
from ops.assistant.lake import Lake
from ops.assistant.result import Result
from ops.assistant.rule_trials import RuleTrials

FarRun = Callable[[Mapping[str, Any], int, float], Result]


@dataclass(frozen=True)
class FarTool:
    """A tool that asks another process, and how long it may take is told: (arguments, now, seconds)."""

    run: FarRun
    does: str
    arguments: str


@dataclass(frozen=True)
class Sources:
    """What there is beside the store; None where there is none."""

    lake: Lake | None = None
    trials: RuleTrials | None = None

    def tools(self, window: str) -> Mapping[str, FarTool]:
        """Return the tools of what there is; `window` says what a time may be."""
        found: dict[str, FarTool] = {}
        if self.lake is not None:
            run = partial(lake_decisions.find_decisions, self.lake)
            arguments = lake_decisions.ARGUMENTS.format(window=window)
            found[lake_decisions.TOOL] = FarTool(run, lake_decisions.DOES, arguments)
        if self.trials is not None:
            found[rule_trials.TOOL] = FarTool(partial(rule_trials.try_rule, self.trials), rule_trials.DOES, rule_trials.ARGUMENTS)
        return found


STORE_ONLY = Sources()
FAR_TOOLS = (lake_decisions.TOOL, rule_trials.TOOL)
"""Names of the tools that not every service has."""
