"""The Redis streams: connection, writer, consumer groups, dead letters, and an embedded server."""
