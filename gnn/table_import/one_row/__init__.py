"""A mapping applied to one row at a time, for a service that is asked about single events."""
