"""Batches of rows to events and labels, and what is left out of them."""
