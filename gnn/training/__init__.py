"""Fit a model on a history, and try it period by period."""
