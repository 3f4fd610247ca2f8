"""How a new model is tried against the active one."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import SettingError

LEAST_MEMORY_MB = 1024
"""Of a trial: torch and XGBoost alone take some hundreds."""
REPORT, SHADOW, PROMOTE = THEN = ("report", "shadow", "promote")


@dataclass(frozen=True)
class RetrainSettings:
    """How `ringwatch retrain` tries a new model against the active one."""

    folder: str = "models"
    """Folder of the candidates, of their reports, and of `retraining.json`, which says what was done."""
    test_days: float = 14.0
    """The newest days with labels, on which both models are compared; neither is trained on them."""
    least_frauds: int = 20
    """With fewer labelled frauds in these days nothing is promoted by rule."""
    max_worse: float = 0.05
    """Average precision by which a candidate may be worse at the lower end of the interval, to be promoted by
    rule.
    """
    resamples: int = 300
    """Resamples of the paired bootstrap, at least 100."""
    then: str = REPORT
    """What follows a comparison: `report` (nothing, a person decides), `shadow` (what is not worse is put in
    shadow) or `promote` (what is not worse replaces the active model); `--then`.
    """

    every_days: int = 0
    """Days after which the worker of `ringwatch serve` runs `ringwatch retrain` on `lake.url` again; 0: it
    never does.
    """
    at_hour: int = 4
    """Hour of the day in UTC at which it does so, 0 to 23."""
    most_hours: float = 6.0
    """The worker ends a trial that takes longer."""
    memory_mb: int = 8192
    """Most memory of a trial that the worker starts."""

    def __post_init__(self) -> None:
        if self.then not in THEN:
            raise SettingError(f"retrain.then: {self.then!r} is none of {', '.join(THEN)}")
        if not 1 <= self.test_days < float("inf"):
            raise SettingError("retrain.test_days must be at least 1")
        if self.least_frauds < 1:
            raise SettingError("retrain.least_frauds must be at least 1")
        if not 0 <= self.max_worse <= 1:
            raise SettingError("retrain.max_worse is a difference of average precision: give 0 to 1")
        if self.resamples < 100:
            raise SettingError("retrain.resamples must be at least 100")
        self._check_schedule()

    def _check_schedule(self) -> None:
        if not 0 <= self.every_days <= 366:
            raise SettingError("retrain.every_days must lie between 0 (never) and 366")
        if not 0 <= self.at_hour <= 23:
            raise SettingError("retrain.at_hour must lie between 0 and 23")
        if not 0 < self.most_hours <= 168:
            raise SettingError("retrain.most_hours must be more than 0, and at most 168")
        if self.memory_mb < LEAST_MEMORY_MB:
            raise SettingError(f"retrain.memory_mb must be at least {LEAST_MEMORY_MB}")
