"""Summaries that people corrected, as examples for incidents like theirs: without a number or a pseudonym."""
