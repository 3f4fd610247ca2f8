"""What models learn from: a history replayed through the one step, its labels, and the data set made of
both.
"""
