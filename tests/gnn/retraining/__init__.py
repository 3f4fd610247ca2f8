"""Tests of `gnn.retraining`."""
