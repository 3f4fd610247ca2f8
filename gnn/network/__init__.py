"""The graph network: its architecture, weights, training by gradient descent and three forward passes."""
