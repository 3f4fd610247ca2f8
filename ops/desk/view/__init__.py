"""Words for people: money, ages, what a role may do, keys. Pure functions."""
