"""Decisions or scores held against the truth: figures per event, scenario, segment and ring, and two models
compared.

``evaluate(decisions, truth)`` gives an ``Evaluation``; ``judge`` and ``compare`` are its parts for two
models."""

from gnn.evaluation.comparison import Comparison, compare
from gnn.evaluation.daily_precision import card_precision
from gnn.evaluation.decisions import read_decisions
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.evaluate import Detection, Evaluation, evaluate, evaluate_rows
from gnn.evaluation.folds import ScoreEvaluation, evaluate_scores, judge_scores
from gnn.evaluation.scored_truth import Judged, judge

__all__ = [
    "Comparison", "Detection", "Evaluation", "EvaluationError", "Judged", "ScoreEvaluation",
    "card_precision", "compare", "evaluate", "evaluate_rows", "evaluate_scores", "judge", "judge_scores", "read_decisions",
]  # fmt: skip
