"""A mapping for a table that nobody described: what a sample of it shows."""
