"""The HTTP service: the app, its rights, its protection, its metrics and logs. Routes are in `routes/`."""
