"""Waves: many more events of one kind than usual at a time, from accounts that share nothing."""
