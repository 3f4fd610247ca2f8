"""The kinds of model: graph network, boosted trees, both combined, isolation forest, autoencoder."""
