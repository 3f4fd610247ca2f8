"""The models behind one protocol: graph network, boosted trees, both combined, isolation forest,
autoencoder.
"""
