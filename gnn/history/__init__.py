"""What is learnt from: the replay of a history through the one step, and the data set made of it."""
