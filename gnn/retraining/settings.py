"""How a new model is tried against the active one."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import SettingError

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
