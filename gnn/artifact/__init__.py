"""A model on disk: one folder of JSON and weights, its name, and the trial before it takes over."""
