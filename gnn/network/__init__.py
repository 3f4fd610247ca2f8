"""The graph network: architecture, weights, training by gradient descent, two forward passes (torch, compiled)."""
