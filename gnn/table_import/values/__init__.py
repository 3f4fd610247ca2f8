"""Columns of a table to numbers, times and texts."""
