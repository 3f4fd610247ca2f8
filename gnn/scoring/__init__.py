"""From trails to decisions: scorers, deciders, explanations, drift, and whole files offline."""
