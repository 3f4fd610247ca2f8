"""The real job on a local Flink or on a cluster: what only it can show."""
