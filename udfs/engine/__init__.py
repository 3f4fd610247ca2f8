"""The internals of PyFlink, Flink and Java that the operators need, one module each, with a fallback."""
