"""Manifests for Kubernetes, and those of them that are made from what is said elsewhere."""
