"""What a model says of itself: calibration, thresholds, detection metrics, its training period."""
