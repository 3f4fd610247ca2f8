"""Offline and scoring: dataset from a replay, network, training, artifact, scorers, table import.

Imports domain only; torch stays in here, where training and the autoencoder need it: scoring with any other model imports none."""
