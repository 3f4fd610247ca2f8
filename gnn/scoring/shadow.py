"""A model in shadow: computed on every event beside the one that decides, and deciding nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from domain.decisions.decision import Decision, Shadow
from domain.decisions.effects import Effects
from gnn.scoring.decider import Decider

Decided = tuple[Decision, list[str]]
RETRY_S = 30.0  # before a model that could not be loaded is tried again
_LOG = logging.getLogger(__name__)


class ShadowSwitch:
    """The one model in shadow, which the effects of control records name.

    It judges by the thresholds of its own card, under the rules and lists of what decides. One that cannot be
    loaded stops nothing: decisions go on without it, `failures` counts, the log says why once, and it is
    tried again after RETRY_S.
    """

    def __init__(self, make: Callable[[str], Decider], clock: Callable[[], float] = time.monotonic) -> None:
        """Take `make`, which loads the decider for a text such as `ModelName` gives."""
        self._make, self._clock = make, clock
        self._name, self._decider = "", None  # type: tuple[str, Decider | None]
        self._retry_at = 0.0
        self._logged = ""
        self.failures = 0

    def beside(self, decided: Sequence[Decided], trails: Sequence[bytes], effects: Sequence[Effects | None]) -> list[Decided]:
        """Return the decisions with what the model in shadow says of their trails, in order."""
        names = ["" if effect is None else effect.shadow for effect in effects]
        found = list(decided)
        for name in dict.fromkeys(name for name in names if name):
            decider = self._of(name)
            if decider is None:
                continue
            rows = [row for row, wanted in enumerate(names) if wanted == name]
            outcomes = decider.outcomes([trails[row] for row in rows], [effects[row] for row in rows])
            for row, (score, outcome) in zip(rows, outcomes, strict=True):
                decision, joins = found[row]
                found[row] = decision._replace(shadow=Shadow(decider.model, score, outcome)), joins
        return found

    def _of(self, name: str) -> Decider | None:
        if name != self._name:
            self._name, self._decider, self._retry_at = name, None, -1.0
        if self._decider is None and self._clock() >= self._retry_at:
            self._load(name)
        return self._decider

    def _load(self, name: str) -> None:
        try:
            self._decider = self._make(name)
        except Exception as error:  # a folder that is gone by now must not end the job
            self.failures += 1
            self._retry_at = self._clock() + RETRY_S
            if name != self._logged:
                self._logged = name
                _LOG.error("the model in shadow %s cannot be loaded, decisions go on without it: %s", name, error)
