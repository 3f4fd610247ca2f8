"""What a model sees of an event: one row of numbers, its names, its layout and its writer."""
