"""Models without a graph network behind the same protocol: boosted trees, isolation forest, autoencoder.

They read the flat table of event and node columns."""
