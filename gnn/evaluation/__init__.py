"""Decisions or scores held against the truth: figures per event, scenario, segment and ring.

``evaluate(decisions, truth)`` gives an ``Evaluation``; ``join_truth`` and ``compare`` are its parts for two
models.
"""

from gnn.evaluation.comparison import Comparison, compare
from gnn.evaluation.daily_precision import card_precision
from gnn.evaluation.decisions import read_decisions
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.evaluate import Detection, Evaluation, evaluate, evaluate_rows
from gnn.evaluation.folds import ScoreEvaluation, evaluate_scores, read_scores
from gnn.evaluation.scored_truth import ScoredTruth, join_truth

__all__ = [
    "Comparison",
    "Detection",
    "Evaluation",
    "EvaluationError",
    "ScoreEvaluation",
    "ScoredTruth",
    "card_precision",
    "compare",
    "evaluate",
    "evaluate_rows",
    "evaluate_scores",
    "join_truth",
    "read_decisions",
    "read_scores",
]  # fmt: skip
