"""The worker beside the service: streams into the case store, the store's outbox into streams."""
