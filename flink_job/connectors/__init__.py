"""Where events come from and decisions go: files, Kafka."""
