"""What stands behind the Redis streams: consumers and the terminal view.

Imports domain only."""
