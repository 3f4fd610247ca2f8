"""What the operators count, as Flink's metrics."""
