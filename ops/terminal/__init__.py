"""Alerts and incidents on a terminal: `ringwatch tail`."""
