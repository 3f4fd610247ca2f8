"""What a model says of itself: calibration, thresholds, detection metrics, the reference of its training
period.
"""
