"""The one error of an evaluation."""

from __future__ import annotations


class EvaluationError(ValueError):
    """Decisions, scores and truth that cannot be compared; the message names the file and the mend."""
