"""The one way out by HTTP: to public addresses only, unless a host is allowed by name."""
