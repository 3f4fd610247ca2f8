"""Models as plain arrays, compiled: one event's score in microseconds, and its ablations for reasons."""
