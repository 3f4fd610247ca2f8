"""What ringwatch does by itself: it asks the shop to hold, verify, block or release an event."""
