"""The optional packages of plots and page."""

from __future__ import annotations

import importlib

from gnn.evaluation import EvaluationError


def check_extra() -> None:
    """Raise `EvaluationError` if a package is missing; to be called before any long work."""
    for name in ("matplotlib", "jinja2"):
        try:
            importlib.import_module(name)
        except ImportError:
            raise EvaluationError(f"reports and plots need {name}, which is not installed: pip install 'ringwatch[report]'") from None
