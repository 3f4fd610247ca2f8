"""Offline and scoring: dataset from a replay, network, training, artifact, scorers, table import.

Imports domain only; torch stays in here."""
