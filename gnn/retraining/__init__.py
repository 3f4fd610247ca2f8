"""Training again: a candidate beside the active model on weeks that neither has seen, and what follows."""
