"""The tables of step 0001, as they were then."""
