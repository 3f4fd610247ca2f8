"""The desk: pages of the service for the people who work on incidents, made on the server."""
