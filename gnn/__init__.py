"""Training and scoring: history, networks, models, artifact, evaluation, report, table import.

Imports domain only. Torch is needed for training and for the autoencoder; scoring with any other model
imports none."""
