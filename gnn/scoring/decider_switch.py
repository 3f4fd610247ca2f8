"""The models that events name, side by side: a micro-batch may hold events of the old and the new."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from domain.decisions.decision import Decision
from domain.decisions.effects import Effects
from domain.memory.trail import TrailCodec
from gnn.scoring.decider import Decider
from gnn.scoring.shadow import ShadowSwitch

Decided = tuple[Decision, list[str]]
KEPT = 2  # the old and the new
RETRY_S = 30.0  # before a model that could not be loaded is tried again
_LOG = logging.getLogger(__name__)


class DeciderSwitch:
    """Decider of each event by the model that its trail names, the configured one if it names none.

    A model that cannot be loaded stops nothing: the last one that worked goes on, `failures` counts, the log
    says why, and it is tried again after RETRY_S.
    """

    def __init__(
        self, configured: Decider, codec: TrailCodec, make: Callable[[str], Decider], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take `make`, which loads the decider for a text such as `ModelName` gives."""
        self._configured = self._last = configured
        self._codec, self._make, self._clock = codec, make, clock
        self._made: dict[bytes, Decider] = {}
        self._retry_at: dict[bytes, float] = {}
        self._shadow = ShadowSwitch(make, clock)
        self.failures = 0

    def decide_and_join(
        self, trails: Sequence[bytes], clock: Callable[[], int], effects: Sequence[Effects | None] | None = None
    ) -> list[Decided]:
        """Decide as `Decider.decide_and_join` does, in the order of the trails; with a shadow where effects
        name one.
        """
        decided = self._decided(trails, clock, effects)
        return self._shadow.beside(decided, trails, effects) if effects and any(one and one.shadow for one in effects) else decided

    @property
    def shadow_failures(self) -> int:
        """Return how often a model in shadow could not be loaded."""
        return self._shadow.failures

    def health(self, now_s: float) -> str | None:
        """Return what is new in the tallies of all models as `DriftTally.delta` does."""
        texts = [decider.health(now_s) for decider in (self._configured, *self._made.values())]
        return "\n".join(text for text in texts if text) or None

    def _decided(self, trails: Sequence[bytes], clock: Callable[[], int], effects: Sequence[Effects | None] | None) -> list[Decided]:
        names = [self._codec.model(trail) for trail in trails]
        if not names or names.count(names[0]) == len(names):
            return self._of(names[0] if names else b"").decide_and_join(trails, clock, effects)
        decided: dict[int, Decided] = {}
        for name in dict.fromkeys(names):
            rows = [row for row, wanted in enumerate(names) if wanted == name]
            theirs = [effects[row] for row in rows] if effects else None
            decided.update(zip(rows, self._of(name).decide_and_join([trails[row] for row in rows], clock, theirs), strict=True))
        return [decided[row] for row in range(len(trails))]

    def _of(self, name: bytes) -> Decider:
        if not name:
            self._last = self._configured
        elif name in self._made:
            self._last = self._made[name]
        elif self._clock() >= self._retry_at.get(name, 0.0):
            self._load(name)
        return self._last

    def _load(self, name: bytes) -> None:
        try:
            made = self._make(name.decode())
        except Exception as error:  # a folder that is gone by now must not end the job
            self.failures += 1
            self._retry_at[name] = self._clock() + RETRY_S
            _LOG.error("the model %s cannot be loaded, the one before goes on: %s", name.decode(), error)
            return
        self._retry_at.pop(name, None)
        while len(self._made) >= KEPT:
            self._made.pop(next(iter(self._made)))
        self._made[name] = self._last = made
