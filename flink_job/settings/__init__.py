"""`config.yaml` and `--set` as typed settings, and Flink's options made of them."""
