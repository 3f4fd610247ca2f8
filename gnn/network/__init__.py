"""The graph network: architecture, weights, gradient descent, two forward passes (torch, compiled)."""
